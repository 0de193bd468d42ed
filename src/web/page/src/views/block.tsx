// One block, and one transaction.
import { fromHex, type Header, toHex, TransactionBodySchema } from 'pcq-client';
import { useState } from 'preact/hooks';

import { type Done, oneTransaction, wholeBlock, wholeMax } from '../core/blocks.js';
import { type Chain } from '../core/chain.js';
import { useLoaded } from '../core/proven.js';
import { href } from '../core/route.js';
import { count, time } from '../text/format.js';
import { actionName, goneValidator } from '../text/names.js';
import { say } from '../text/say.js';
import { FieldList } from '../ui/fields.js';
import { Card, Empty, Facts, firstBlock, Id, Shown, Table } from '../ui/parts.js';
import { Asked, Happened, Left, Outcome, Who } from '../ui/words.js';
import { TotalsTable } from './totals.js';

interface Contents {
  header: Header;
  transactions: Done[];
  own: Done['receipt'] | undefined;
  whole: boolean;
}

const shownMax = 50;

// All of a block that is not large; of a large one the first transactions, each with its own proof.
async function contents(chain: Chain, height: bigint): Promise<Contents> {
  const header = await chain.reader.header(height);
  if (header.fields.transactionCount <= wholeMax)
    return { ...(await wholeBlock(chain, height, header)), whole: true };
  const { transactions } = await chain.reader.block(height);
  const first = await Promise.all(transactions.slice(0, shownMax).map((hash) => oneTransaction(chain, hash)));
  return { header, transactions: first, own: undefined, whole: false };
}

export function BlockView({ chain, height }: { chain: Chain; height: bigint }) {
  const loaded = useLoaded(chain, `block ${chain.id} ${height}`, () => contents(chain, height), {
    once: true,
  });
  const newest = chain.live.height ?? height;
  return (
    <>
      <h1>
        {say('Block', '区块')} {count(height)} <span class="badge">{chain.name}</span>
      </h1>
      <nav class="steps" aria-label={say('Blocks before and after', '前后区块')}>
        {height > 0n && <a href={href('block', chain.name, height - 1n)}>← {count(height - 1n)}</a>}
        {height < newest && <a href={href('block', chain.name, height + 1n)}>{count(height + 1n)} →</a>}
      </nav>
      <Shown of={loaded}>{(block) => <BlockShown chain={chain} block={block} />}</Shown>
    </>
  );
}

function BlockShown({ chain, block }: { chain: Chain; block: Contents }) {
  const { hash, fields } = block.header;
  const [most, setMost] = useState(shownMax);
  const proposer = chain.reader.validators.members.find(
    ({ key }) => toHex(key.encoded()) === toHex(fields.proposer),
  );
  return (
    <>
      <Card title={say('Header', '区块头')} proof="proven" height={block.header.height}>
        <Facts
          rows={[
            [say('Time', '时间'), time(fields.timeMs)],
            [say('Hash', '哈希'), <Id text={toHex(hash)} head={16} tail={12} />],
            block.header.height === 0n && [
              say('Signed by', '签署者'),
              say(`nobody; ${firstBlock()}`, `无；${firstBlock()}`),
            ],
            block.header.height > 0n && [
              say('Proposed by', '提议者'),
              `${proposer?.name ?? goneValidator()} (${say('view', '视图')} ${count(fields.view)})`,
            ],
            [say('State', '状态根'), <Id text={toHex(fields.stateRoot)} head={16} tail={12} />],
            [say('Transactions', '交易数'), count(fields.transactionCount)],
          ]}
        />
        {fields.totals !== undefined && fields.totals.vintages.length > 0 && (
          <TotalsTable chain={chain} totals={fields.totals} />
        )}
      </Card>
      {block.own !== undefined && block.own.events.length > 0 && (
        <Card title={say("The block's own work", '区块自身事务')} proof="proven">
          <ul class="events">
            {block.own.events.slice(0, most).map((event, i) => (
              <li key={i}>
                <Happened chain={chain} event={event} />
              </li>
            ))}
          </ul>
          {block.own.events.length > most && (
            <More by={() => setMost(most + 200)} left={block.own.events.length - most} />
          )}
        </Card>
      )}
      <Card title={say('Transactions', '交易')} proof="proven">
        {block.transactions.length === 0 ? (
          <Empty>
            {block.header.height === 0n
              ? say('No transactions: the chain begins here', '没有交易：链由此开始')
              : say('No transactions: the block has only work of its own', '没有交易：该区块只有自身事务')}
          </Empty>
        ) : (
          <TransactionTable chain={chain} of={block.transactions.slice(0, most)} />
        )}
        {block.transactions.length > most && (
          <More by={() => setMost(most + 200)} left={block.transactions.length - most} />
        )}
        {!block.whole && (
          <p class="dim">
            {say(
              `The first ${shownMax} of ${count(fields.transactionCount)}.`,
              `仅显示 ${count(fields.transactionCount)} 笔中的前 ${shownMax} 笔。`,
            )}
          </p>
        )}
      </Card>
    </>
  );
}

function More({ by, left }: { by: () => void; left: number }) {
  return (
    <button type="button" class="plain" onClick={by}>
      {say(`Show more (${count(left)} left)`, `显示更多（还有 ${count(left)} 条）`)}
    </button>
  );
}

export function TransactionTable({ chain, of }: { chain: Chain; of: Done[] }) {
  return (
    <Table
      caption={say('Transactions', '交易')}
      head={[
        { text: '#', right: true, wide: true },
        { text: say('What', '内容') },
        { text: say('By', '发起者') },
        { text: say('Outcome', '结果') },
        { text: say('Hash', '哈希'), wide: true },
      ]}
      rows={of.map(({ hash, index, body, receipt }) => ({
        key: toHex(hash),
        cells: [
          count(index),
          <Asked chain={chain} body={body} />,
          <Who chain={chain} id={body.account} />,
          <Outcome receipt={receipt} />,
          <Id text={toHex(hash)} link={href('tx', chain.name, toHex(hash))} head={6} tail={4} />,
        ],
      }))}
    />
  );
}

export function TransactionView({ chain, hash }: { chain: Chain; hash: string }) {
  const loaded = useLoaded(chain, `tx ${hash}`, () => oneTransaction(chain, fromHex(hash, 32)), {
    once: true,
  });
  return (
    <>
      <h1>
        {say('Transaction', '交易')} <span class="badge">{chain.name}</span>
      </h1>
      <Shown of={loaded}>
        {(done) => {
          const { case: action, value } = done.body.action;
          const schema = action === undefined ? undefined : TransactionBodySchema.field[action]?.message;
          return (
            <>
              <Card title={actionName(action)} proof="proven" height={done.header.height}>
                <p class="sentence">
                  <Who chain={chain} id={done.body.account} />: <Asked chain={chain} body={done.body} />{' '}
                  <Outcome receipt={done.receipt} />
                </p>
                {done.receipt.text !== '' && <blockquote lang="en">{done.receipt.text}</blockquote>}
                {done.receipt.events.length > 0 && (
                  <ul class="events">
                    {done.receipt.events.map((event, i) => (
                      <li key={i}>
                        <Happened chain={chain} event={event} />
                      </li>
                    ))}
                  </ul>
                )}
                {done.receipt.balances !== undefined && (
                  <Left title={say('Who signed had then', '签名者当时拥有')} of={done.receipt.balances} />
                )}
              </Card>
              <Card title={say('What was signed', '签名内容')} proof="proven">
                {schema === undefined || value === undefined ? (
                  <Empty>
                    {say('Something that this page is too old to read', '本页面版本过旧，无法读取')}
                  </Empty>
                ) : (
                  <FieldList chain={chain} schema={schema} of={value} />
                )}
              </Card>
              <Card title={say('Where it stands', '所在位置')} proof="proven">
                <Facts
                  rows={[
                    [
                      say('Block', '区块'),
                      <>
                        <a href={href('block', chain.name, done.header.height)}>
                          {count(done.header.height)}
                        </a>
                        , {say(`place ${count(done.index)}`, `第 ${count(done.index)} 笔`)}
                      </>,
                    ],
                    [say('Time', '时间'), time(done.header.fields.timeMs)],
                    [say('Hash', '哈希'), <Id text={hash} head={16} tail={12} />],
                    [say('By', '发起者'), <Who chain={chain} id={done.body.account} short={false} />],
                    [say('Sequence', '序号'), count(done.body.sequence)],
                    [say('Valid until block', '有效至区块'), count(done.body.validUntilHeight)],
                    [say('Size', '大小'), `${count(done.bytes.length)} B`],
                  ]}
                />
              </Card>
            </>
          );
        }}
      </Shown>
    </>
  );
}
