import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { MoneyDto } from '../../../money/money.dto.js';
import { OfferTermsDto } from '../../../catalogue/api/offer-terms.dto.js';
import { ATTEMPT_STATE, type AttemptState } from '../../../vocabulary/attempt-state.js';
import { CONDITION_TYPE, type ConditionType } from '../../../vocabulary/condition-type.js';
import { FAILURE_CODE, type FailureCode } from '../../../vocabulary/failure-code.js';
import { ON_RECLAIM, type OnReclaim } from '../../../vocabulary/on-reclaim.js';
import { REPLACEMENT_DELAY, type ReplacementDelay } from '../../../vocabulary/replacement-delay.js';
import { PORT_PROTOCOL, type Protocol } from '../../../vocabulary/protocol.js';
import {
  REPLACEMENT_PHASE,
  REPLACEMENT_REASON,
  SLOT,
  type ReplacementPhase,
  type ReplacementReason,
  type Slot,
} from '../../../vocabulary/replacement.js';
import { MAYBE_TIME, TIME } from './times.js';

@ApiSchema({
  name: 'Placement',
  description: 'Where the machine was bought, and for how much. Prices are those of that moment.',
})
export class PlacementDto extends OfferTermsDto {}

@ApiSchema({ name: 'Machine', description: 'What Novita runs for the instance.' })
export class MachineDto {
  /** Novita's id of it. */
  @ApiProperty({ example: '79485daa470d8d6d' })
  id!: string;

  /** Novita's own word for what it is doing. */
  @ApiProperty({ example: 'running' })
  status!: string;

  /** When it was last looked at. */
  @ApiProperty(TIME)
  observedAt!: string;
}

@ApiSchema({ name: 'Endpoint', description: 'How one port of the machine is reached.' })
export class EndpointDto {
  /** The port inside the machine. */
  @ApiProperty({ type: 'integer', example: 8188 })
  port!: number;

  /** How it is reached. */
  @ApiProperty(PORT_PROTOCOL)
  protocol!: Protocol;

  /** A URL for `http`, `host:port` for `tcp`; null until Novita has given one. */
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'https://79485daa470d8d6d-8188.us-ca-6.gpu-instance.novita.ai',
  })
  address!: string | null;
}

@ApiSchema({ name: 'SshAccess', description: 'SSH into the machine.' })
export class SshDto {
  /** The command to run. It changes at every start. */
  @ApiProperty({ example: 'ssh -p 31022 root@proxy.us-ca-6.gpu-instance.novita.ai' })
  command!: string;

  /** Only with `include=secrets`. */
  @ApiProperty({ type: String, required: false, nullable: true, example: 'Xk29example' })
  password?: string | null;
}

@ApiSchema({ name: 'WebTerminal', description: 'A terminal in the browser.' })
export class WebTerminalDto {
  /** Where it is. */
  @ApiProperty({ example: 'wss://79485daa470d8d6d-terminal.us-ca-6.gpu-instance.novita.ai' })
  address!: string;

  /** User name. */
  @ApiProperty({ example: 'root' })
  username!: string;

  /** Password. */
  @ApiProperty({ example: 'Wt71example' })
  password!: string;
}

@ApiSchema({
  name: 'Replacement',
  description:
    'A replacement of the machine that is under way. The instance stays on its machine until the new machine is ready.',
})
export class ReplacementDto {
  /** Why the machine is replaced. */
  @ApiProperty(REPLACEMENT_REASON)
  reason!: ReplacementReason;

  /** How far it has come. */
  @ApiProperty(REPLACEMENT_PHASE)
  phase!: ReplacementPhase;

  /** When it began. */
  @ApiProperty(TIME)
  since!: string;

  /** Why no machine is bought now; null when nothing is waited for. */
  @ApiProperty({ type: String, nullable: true, example: null })
  waitingFor!: string | null;

  /** The new machine until it takes over, then the old machine; null while there is none. Both are billed. */
  @ApiProperty({ type: MachineDto, nullable: true })
  otherMachine!: MachineDto | null;
}

@ApiSchema({
  name: 'Reclaim',
  description:
    'Novita takes the spot machine back, or has taken it. Data on such a machine is lost; that on network volumes is not.',
})
export class ReclaimDto {
  /** The machine. When it is not the machine of the instance any more, the instance has let go of it. */
  @ApiProperty({ example: '79485daa470d8d6d' })
  machineId!: string;

  /** When its notice was first seen; null when there was none. */
  @ApiProperty(MAYBE_TIME)
  noticedAt!: string | null;

  /** When Novita takes it: as Novita says, or one hour after the notice; null when there was none. */
  @ApiProperty(MAYBE_TIME)
  deadline!: string | null;

  /** When it was seen that Novita has taken it, and its data is lost; null before. */
  @ApiProperty({ ...MAYBE_TIME, example: null })
  takenAt!: string | null;

  /** What is done about it, as the request says. */
  @ApiProperty({ enum: ON_RECLAIM, example: 'replace' })
  policy!: OnReclaim;
}

@ApiSchema({
  name: 'Recovery',
  description: 'The machine has failed, and the request says that it is replaced.',
})
export class RecoveryDto {
  /** The machine that has failed. */
  @ApiProperty({ example: '79485daa470d8d6d' })
  machineId!: string;

  /** Why. */
  @ApiProperty({ ...FAILURE_CODE, example: 'MACHINE_FAILED' })
  code!: FailureCode;

  /** The same, in a sentence. */
  @ApiProperty({ example: 'Novita reports oom: out of memory' })
  message!: string;

  /** When it was judged so. */
  @ApiProperty(TIME)
  since!: string;

  /** Why its replacement has to wait; null when it does not. */
  @ApiProperty({ ...REPLACEMENT_DELAY, nullable: true, example: null })
  delayedBy!: ReplacementDelay | null;

  /** When it may be replaced; null when nothing holds it up. */
  @ApiProperty({ ...MAYBE_TIME, example: null })
  notBefore!: string | null;
}

@ApiSchema({ name: 'ReadinessTurns', description: 'How steadily the workload answers.' })
export class ReadinessTurnsDto {
  /** How often it has changed between ready and unready in the half hour before its last probe. */
  @ApiProperty({ type: 'integer', example: 0 })
  lately!: number;

  /** Whether it changes again and again. Then it is ready only after it has answered for a while. */
  @ApiProperty({ example: false })
  flapping!: boolean;
}

@ApiSchema({ name: 'Connection', description: 'How to get at the workload. Present while the machine runs.' })
export class ConnectionDto {
  /** The machine's ports. */
  endpoints!: EndpointDto[];

  /** Null until it is known: it follows readiness by a few seconds. */
  @ApiProperty({ type: SshDto, nullable: true })
  ssh!: SshDto | null;

  /** Only with `include=secrets`; the address holds a token. */
  @ApiProperty({ type: String, required: false, nullable: true, example: 'https://example/lab?token=t' })
  jupyterUrl?: string | null;

  /** Only with `include=secrets`. */
  @ApiProperty({ type: WebTerminalDto, required: false, nullable: true })
  webTerminal?: WebTerminalDto | null;
}

@ApiSchema({ name: 'Attempt', description: 'One create request that was sent to Novita for this instance.' })
export class AttemptDto {
  /** Counts from 1. */
  @ApiProperty({ type: 'integer', example: 1 })
  number!: number;

  /** What it is for. */
  @ApiProperty(SLOT)
  slot!: Slot;

  /** What became of it. */
  @ApiProperty(ATTEMPT_STATE)
  state!: AttemptState;

  /** Novita's reason, or ours. */
  @ApiProperty({ type: String, nullable: true, example: null })
  reason!: string | null;

  /** Novita's sentence, or ours. */
  @ApiProperty({ type: String, nullable: true, example: null })
  message!: string | null;

  /** The product that was tried. */
  @ApiProperty({ example: '4090.16c62g' })
  productId!: string;

  /** The region that was tried. */
  @ApiProperty({ example: 'us-ca-6' })
  regionId!: string;

  /** Price of one GPU for one hour. */
  pricePerGpuHour!: MoneyDto;

  /** When it was sent. */
  @ApiProperty(TIME)
  sentAt!: string;

  /** When its outcome was known. */
  @ApiProperty(MAYBE_TIME)
  decidedAt!: string | null;
}

@ApiSchema({ name: 'Failure', description: 'Why an instance has failed. It rests until somebody acts.' })
export class FailureDto {
  /** Branch on this. */
  @ApiProperty(FAILURE_CODE)
  code!: FailureCode;

  /** What happened, what became of the machine, and what can be done. */
  @ApiProperty({ example: 'Nothing could be bought within 3600 s: every fitting offer is out of stock.' })
  message!: string;

  /** When. */
  @ApiProperty(TIME)
  at!: string;
}

@ApiSchema({ name: 'Condition', description: 'One aspect of the instance, true or not.' })
export class ConditionDto {
  /** Which aspect. */
  @ApiProperty(CONDITION_TYPE)
  type!: ConditionType;

  /** Whether it holds. */
  @ApiProperty({ example: true })
  status!: boolean;

  /** One word for why. */
  @ApiProperty({ example: 'ProbesSucceeded' })
  reason!: string;

  /** A sentence for why. */
  @ApiProperty({ example: 'The workload answers.' })
  message!: string;

  /** The generation it speaks of. */
  @ApiProperty({ type: 'integer', example: 1 })
  generation!: number;
}
