import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { loadavg } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { tenths } from './trend.js';

/** CPU and event loop are measured over this long, so that what is told does not depend on who asks how often. */
const SAMPLE_MS = 5_000;
const LOOP_RESOLUTION_MS = 20;

/** What this process uses of its machine. */
export interface SystemUse {
  memory: NodeJS.MemoryUsage;
  cpu: {
    /** Percent of one core, over the last seconds. */
    usage: number;
    /** Of the machine, over 1, 5 and 15 minutes. */
    loadAverage: number[];
  };
  eventLoop: {
    /** How late the slowest 1 % of its turns were, in milliseconds. */
    delayP99Ms: number;
    /** Percent of the time that it was busy. */
    utilization: number;
  };
  /** Seconds since the process started. */
  uptime: number;
}

@Injectable()
export class SystemFigures implements OnModuleDestroy {
  private readonly delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  private readonly sampling: NodeJS.Timeout;
  private cpu = process.cpuUsage();
  private loop = performance.eventLoopUtilization();
  private sampledAtMs = performance.now();
  private cpuPercent = 0;
  private delayP99Ms = 0;
  private busyPercent = 0;

  constructor() {
    this.delay.enable();
    this.sampling = setInterval(() => {
      this.sample();
    }, SAMPLE_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.sampling);
    this.delay.disable();
  }

  use(): SystemUse {
    return {
      memory: process.memoryUsage(),
      cpu: { usage: this.cpuPercent, loadAverage: loadavg().map((load) => Math.round(load * 100) / 100) },
      eventLoop: { delayP99Ms: this.delayP99Ms, utilization: this.busyPercent },
      uptime: tenths(process.uptime()),
    };
  }

  private sample(): void {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.cpu);
    this.cpuPercent = tenths((user + system) / 10 / (now - this.sampledAtMs));
    this.busyPercent = tenths(performance.eventLoopUtilization(this.loop).utilization * 100);
    // the histogram holds the whole time between two turns, of which the resolution is no delay
    this.delayP99Ms = tenths(Math.max(0, this.delay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS));
    this.cpu = process.cpuUsage();
    this.loop = performance.eventLoopUtilization();
    this.sampledAtMs = now;
    this.delay.reset();
  }
}
