/** Random numbers that a seed decides, by sfc32: fast, and good enough to draw weather from. */
export class SeededRandom {
  private a = 0x9e3779b9;
  private b = 0x243f6a88;
  private c: number;
  private d: number;

  constructor(seed: number, stream = 0) {
    this.c = seed | 0;
    this.d = Math.imul(stream + 1, 0x85ebca6b);
    for (let round = 0; round < 15; round++) this.next();
  }

  /** In [0, 1). */
  readonly next = (): number => {
    const sum = (this.a + this.b + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  integer(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.next() * choices.length)] ?? choices[0];
  }

  /** Half are below the median, and one in a hundred is above `p99`. */
  logNormal(median: number, p99: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return median * (p99 / median) ** (normal / 2.3263);
  }

  /** Each order of magnitude is equally likely. */
  logUniform(low: number, high: number): number {
    return Math.exp(this.between(Math.log(low), Math.log(high)));
  }
}
