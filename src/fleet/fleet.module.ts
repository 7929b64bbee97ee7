import { MARKET, type Market } from '../placement/market.js';
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { InstancesConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { GUARD_STORE, type GuardStore } from '../machines/store/guard-store.js';
import { MACHINE_STORE, type MachineStore } from '../machines/store/machine-store.js';
import { Tagger } from '../machines/domain/tag.js';
import { NOVITA_CLIENT, type NovitaClient } from '../novita-api/novita-client.js';
import { POLICY, type Policy } from '../novita-instances/domain/policy.js';
import { NovitaInstancesModule } from '../novita-instances/novita-instances.module.js';
import { INSTANCE_STORE, type InstanceStore } from '../novita-instances/store/instance-store.js';
import { ReconcileTroubles } from '../novita-instances/store/reconcile-troubles.repository.js';
import { Sealing } from '../secrets/sealing.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { BackgroundTasks } from '../timetable/background-tasks.service.js';
import { AttemptsController } from './api/attempts.controller.js';
import { FleetController } from './api/fleet.controller.js';
import { MachinesController } from './api/machines.controller.js';
import { FleetCommands } from './fleet-commands.js';
import { FleetFigures } from './fleet-figures.repository.js';
import { fleetMetricProviders } from './fleet.metrics.js';
import { OperatorWord } from './operator-word.js';
import { FleetSurveyor } from './fleet-survey.js';
import { encryptionKeysTask } from './encryption-keys.task.js';
import { secretChangeTask } from './secret-change.task.js';

/** What operators see of the fleet as a whole, and decide where the code does not. */
@Module({
  imports: [NovitaInstancesModule],
  controllers: [MachinesController, FleetController, AttemptsController],
  providers: [
    {
      provide: FleetCommands,
      inject: [INSTANCE_STORE, MACHINE_STORE, GUARD_STORE, NOVITA_CLIENT, MARKET, Tagger, CLOCK],
      useFactory: (
        store: InstanceStore,
        machines: MachineStore,
        guards: GuardStore,
        novita: NovitaClient,
        market: Market,
        tagger: Tagger,
        clock: Clock,
      ) => new FleetCommands(store, machines, guards, novita, market, tagger, clock),
    },
    {
      provide: OperatorWord,
      inject: [INSTANCE_STORE, MACHINE_STORE, CLOCK],
      useFactory: (store: InstanceStore, machines: MachineStore, clock: Clock) =>
        new OperatorWord(store, machines, clock),
    },
    {
      provide: FleetSurveyor,
      inject: [FleetCommands, DATABASE, ReconcileTroubles, MARKET, POLICY, CLOCK],
      useFactory: (
        commands: FleetCommands,
        database: Database,
        troubles: ReconcileTroubles,
        market: Market,
        policy: Policy,
        clock: Clock,
      ) => new FleetSurveyor(commands, new FleetFigures(database), troubles, market, policy, clock),
    },
    ...fleetMetricProviders,
  ],
})
export class FleetModule implements OnModuleInit {
  constructor(
    private readonly tasks: BackgroundTasks,
    @Inject(DATABASE) private readonly database: Database,
    private readonly config: InstancesConfig,
    private readonly sealing: Sealing,
    private readonly tagger: Tagger,
  ) {}

  onModuleInit(): void {
    this.tasks.add(encryptionKeysTask(this.database, this.sealing));
    if (this.config.previousDeploymentSecret === null) return;
    this.tasks.add(secretChangeTask(this.database, this.sealing, this.tagger));
  }
}
