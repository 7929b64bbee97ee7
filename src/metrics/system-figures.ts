import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { loadavg } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { tenths } from './trend.js';

/** The period over which CPU and event loop are measured, so that results do not depend on how often they are read. */
const SAMPLE_MS = 5_000;
const LOOP_RESOLUTION_MS = 20;

/** Resources that this process uses. */
export interface SystemUse {
  memory: NodeJS.MemoryUsage;
  cpu: {
    /** Percent of one core in the last seconds. */
    usage: number;
    /** Load averages of the machine over 1, 5 and 15 minutes. */
    loadAverage: number[];
  };
  eventLoop: {
    /** The 99th percentile of the delay of a turn, in milliseconds. */
    delayP99Ms: number;
    /** Percent of the time in which the loop was busy. */
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
    // the histogram has the whole time between two turns; its resolution is not part of the delay
    this.delayP99Ms = tenths(Math.max(0, this.delay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS));
    this.cpu = process.cpuUsage();
    this.loop = performance.eventLoopUtilization();
    this.sampledAtMs = now;
    this.delay.reset();
  }
}
