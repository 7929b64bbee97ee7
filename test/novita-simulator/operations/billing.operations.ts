import { ok } from '../answer.js';
import {
  cycleStart,
  meteredMachine,
  meteredStorage,
  settledUntil,
  usageLines,
  type BillCycle,
  type UsageLine,
} from '../bills.js';
import { Refusal } from '../refusal.js';
import { balanceUsd, type World } from '../world.js';
import { contains, get, invalid, pageFromOne, whole, word, type ApiRequest, type Operation } from './operation.js';

const USER = 'u-000001';
const DAY_MS = 86_400_000;
const LONGEST_WINDOW_MS = 31 * DAY_MS;
/** The scale of balance and bills. */
const UNITS_PER_USD = 10_000;

/** Categories that Novita knows. The simulator sells only two of them. */
const CATEGORIES = ['summary', 'gpu', 'cloud_storage', 'local_storage', 'serverless', 'llm', 'gen_api', 'image'];
const CYCLES: readonly string[] = ['Hour', 'Day', 'Week', 'Month'] satisfies BillCycle[];

export const BILLING_OPERATIONS: readonly Operation[] = [
  get('getBalance', '/billing/balance/detail', getBalance, 'account'),
  get('listUsageBills', '/billing/bill/list', listUsageBills, 'account'),
  get('listFixedTermBills', '/billing/bill/monthly/list', listFixedTermBills, 'account'),
  get('listMonthlyBills', '/billing/monthly/bill', listMonthlyBills, 'account'),
  get('listTransactions', '/bill/transaction', listTransactions, 'account'),
];

const seconds = (ms: number) => String(Math.floor(ms / 1000));

function getBalance(world: World) {
  const balance = String(Math.floor(balanceUsd(world) * UNITS_PER_USD));
  return ok({ availableBalance: balance, cashBalance: balance, creditLimit: '0', outstandingInvoices: '0' });
}

function listUsageBills(world: World, { query }: ApiRequest) {
  const cycle = query.get('cycleType') ?? '';
  if (!CYCLES.includes(cycle)) throw new Refusal(400, 'INVALID_BILL_CYCLE', 'invalid bill cycle');
  const category = expectCategory(query.get('productCategory') ?? '');
  const { from, to } = windowOf(query, world);
  const lines = allLines(world, cycle as BillCycle, from, to).filter(
    (line) =>
      (category === 'summary' || line.category === category) &&
      contains(line.productName, query.get('productName')) &&
      isOf(line.ownerId, query),
  );
  return ok({ bills: lines.map((line) => usageWire(line, world)) });
}

function usageWire(line: UsageLine, { switches }: World) {
  const price = String((line.unitPrice * Number(switches.billPrecision)) / 10);
  return {
    userId: USER,
    startTime: seconds(line.from),
    endTime: seconds(line.to),
    billingMethod: '1',
    productName: line.productName,
    category: line.category,
    ownerID: line.ownerId,
    billNum0: String(line.unitSeconds),
    billNum1: '0',
    basePrice0: price,
    basePrice1: '0',
    discountPrice0: price,
    discountPrice1: '0',
    amount: String(line.amount),
    voucherAmount: '0',
    payAmount: String(line.amount),
    payAmountDisplay: String(line.amount / UNITS_PER_USD),
    pricePrecision: switches.billPrecision,
    productId: line.productId,
  };
}

function listFixedTermBills(world: World, { query }: ApiRequest) {
  const category = expectCategory(word(query, 'category') ?? 'summary');
  const { from, to } = windowOf(query, world);
  const bought = purchases(world).filter(
    ({ machine, at }) =>
      at >= from &&
      at <= to &&
      (category === 'summary' || category === 'gpu') &&
      contains(machine.productName, query.get('productName')) &&
      isOf(machine.id, query),
  );
  const precision = world.switches.billPrecision;
  return ok({
    bills: bought.map(({ machine, at, amount }) => ({
      userId: USER,
      memberId: '',
      startTime: seconds(at),
      endTime: seconds(at + machine.months * 30 * DAY_MS),
      productName: machine.productName,
      productCategory: 'gpu',
      ownerID: machine.id,
      tradeMode: 'monthly',
      tradeType: 'monthly_new_buy',
      basePrice: String((machine.pricePerGpuMonth * Number(precision)) / 10),
      billNum: String(machine.gpuNum * machine.months),
      amount: String(amount),
      voucherAmount: '0',
      payAmount: String(amount),
      payAmountDisplay: String(amount / UNITS_PER_USD),
      pricePrecision: precision,
      createTime: seconds(at),
      cycle: monthOf(at),
      storageDays: '0',
    })),
  });
}

function listMonthlyBills(world: World, { query }: ApiRequest) {
  const now = world.clock.now();
  const first = word(query, 'startMonth') ?? '2025-10';
  if (!/^\d{4}-\d{2}$/.test(first)) throw invalid('startMonth must be YYYY-MM');
  const totals = new Map<string, { start: number; amount: number }>();
  const add = (time: number, amount: number) => {
    const month = totals.get(monthOf(time)) ?? { start: cycleStart('Month', time), amount: 0 };
    month.amount += amount;
    totals.set(monthOf(time), month);
  };
  for (const { from, amount } of allLines(world, 'Month', cycleStart('Month', world.openedAt), settledUntil(now))) {
    add(from, amount);
  }
  for (const { at, amount } of purchases(world)) add(at, amount);
  const months = [...totals].filter(([month]) => month >= first).sort(([a], [b]) => a.localeCompare(b));
  const { page } = pageFromOne(months, query, world, 'page');
  return ok({
    data: page.map(([month, { start, amount }]) => {
      const end = cycleStart('Month', start + 32 * DAY_MS);
      return {
        billId: `mb-${month.replace('-', '')}`,
        userId: USER,
        billingMonth: month,
        totalAmount: String(amount),
        originTotalAmount: String(amount),
        voucherPayAmount: '0',
        cashPayAmount: String(amount),
        debtAmount: '0',
        status: end > now ? 'pending' : 'paid',
        invoiceUrl: '',
        startTime: seconds(start),
        endTime: seconds(end - 1000),
        repaidAmount: String(amount),
      };
    }),
  });
}

interface Movement {
  at: number;
  type: 'recharge' | 'consume';
  amount: number;
}

/** The deposit, one charge for each settled hour, and each purchase by the month; the newest first. */
function listTransactions(world: World, { query }: ApiRequest) {
  if (query.get('pageNo') === null || query.get('pageSize') === null) throw invalid('pageNo and pageSize are required');
  const [from, to] = [whole(query, 'transactionTimeStart', 0), whole(query, 'transactionTimeEnd', 0)];
  const asked = Object.fromEntries(
    ['serialNumber', 'transactionType', 'status', 'orderType', 'transactionChannel'].map((name) => [
      name,
      word(query, name),
    ]),
  );
  let balance = 0;
  const all = movements(world).map(({ at, type, amount }, index) => {
    balance += type === 'recharge' ? amount : -amount;
    return {
      customerId: USER,
      serialNumber: `tx-${String(index + 1).padStart(6, '0')}`,
      transactionTime: seconds(at),
      transactionType: type,
      transactionChannel: '',
      transactionAmount: String(amount),
      walletBalance: String(balance),
      note: '',
      state: 'success',
      invoiceURL: '',
      orderType: type === 'recharge' ? 'recharge' : '',
    };
  });
  const found = all.filter(
    (each) =>
      Number(each.transactionTime) >= from &&
      (to === 0 || Number(each.transactionTime) <= to) &&
      (asked.serialNumber ?? each.serialNumber) === each.serialNumber &&
      (asked.transactionType ?? each.transactionType) === each.transactionType &&
      (asked.transactionChannel ?? each.transactionChannel) === each.transactionChannel &&
      (asked.status ?? each.state) === each.state &&
      (asked.orderType ?? each.orderType) === each.orderType,
  );
  const { page, ...echo } = pageFromOne(found.toReversed(), query, world, 'pageNo');
  return ok({ data: page, ...echo });
}

function movements(world: World): Movement[] {
  const { account, clock, openedAt } = world;
  const hours = new Map<number, number>();
  for (const { to, amount } of allLines(world, 'Hour', cycleStart('Hour', openedAt), settledUntil(clock.now()))) {
    hours.set(to, (hours.get(to) ?? 0) + amount);
  }
  const deposit: Movement = { at: openedAt, type: 'recharge', amount: Math.round(account.depositUsd * UNITS_PER_USD) };
  const charges = [
    ...[...hours].map(([at, amount]): Movement => ({ at, type: 'consume', amount })),
    ...purchases(world).map(({ at, amount }): Movement => ({ at, type: 'consume', amount })),
  ];
  return [deposit, ...charges.sort((a, b) => a.at - b.at)];
}

function allLines(world: World, cycle: BillCycle, from: number, to: number): UsageLine[] {
  const until = Math.min(to, settledUntil(world.clock.now()));
  const metered = [
    ...ourMachines(world)
      .filter(({ billingMode }) => billingMode !== 'monthly')
      .map(meteredMachine),
    ...world.holdings.storages.map(meteredStorage),
  ];
  return metered.flatMap((each) => usageLines(each, cycle, from, until));
}

/** Machines that were paid for by the month. */
function purchases(world: World) {
  return ourMachines(world)
    .filter(({ billingMode }) => billingMode === 'monthly')
    .map((machine) => ({
      machine,
      at: machine.createdAt,
      amount: (machine.pricePerGpuMonth * machine.gpuNum * machine.months) / 10,
    }));
}

const ourMachines = ({ fleet }: World) => [...fleet.machines.values()].filter(({ foreign }) => !foreign);

function expectCategory(category: string): string {
  if (CATEGORIES.includes(category)) return category;
  throw new Refusal(400, 'INVALID_PRODUCT_CATEGORY', 'invalid product category');
}

function windowOf(query: URLSearchParams, { clock }: World): { from: number; to: number } {
  const to = whole(query, 'endTime', 0) * 1000 || clock.now();
  const from = whole(query, 'startTime', 0) * 1000 || to - LONGEST_WINDOW_MS;
  if (from > to) throw invalid('startTime is after endTime');
  if (to - from > LONGEST_WINDOW_MS) throw invalid('startTime and endTime are more than 31 days apart');
  return { from, to };
}

const isOf = (ownerId: string, query: URLSearchParams) => (word(query, 'ownerId') ?? ownerId) === ownerId;

const monthOf = (time: number) => new Date(time).toISOString().slice(0, 7);
