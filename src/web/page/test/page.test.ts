// The page in Chromium at four real nodes: what a person, a regulator and a curious reader do, one after the other on
// one network; that a node which lies is caught; that everybody can use it; what it weighs.
import { after, before, describe } from 'node:test';

import { Network } from '../../client/test/network.js';
import { Tester } from './browser.js';
import { checkedFile } from './checked_file.js';
import { explorer } from './explorer.js';
import { fresh } from './fresh.js';
import { look } from './look.js';
import { market } from './market.js';
import { orderBill } from './order_bill.js';
import { regulator } from './regulator.js';
import { secondYear } from './second_year.js';
import { silence } from './silence.js';
import { wallet } from './wallet.js';
import { words } from './words.js';

export interface World {
  network: Network;
  tester: Tester;
}
const world = {} as World;

before(async () => {
  world.network = await Network.start();
  world.tester = await Tester.start(world.network.nodes[0]!);
});
after(async () => {
  await world.tester?.stop();
  await world.network?.stop();
});

describe('fresh', () => fresh(world));
describe('explorer', () => explorer(world));
describe('wallet', () => wallet(world));
describe('order bill', () => orderBill(world));
describe('checked file', () => checkedFile(world));
describe('market', () => market(world));
describe('regulator', () => regulator(world));
describe('second year', () => secondYear(world));
describe('silence', () => silence(world));
describe('words', () => words(world));
describe('look', () => look(world));
