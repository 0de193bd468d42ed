// The page's frame: brand, parts, search, language, theme, what is trusted; and the view that the address names.
import { type ComponentChildren, type ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useState } from 'preact/hooks';

import { type Chain, connect } from './core/chain.js';
import { followAll } from './core/live.js';
import { go, href, type Route, route } from './core/route.js';
import { useStore } from './core/store.js';
import { choose, language, say } from './text/say.js';
import { Icon, type IconName, Logo } from './ui/icons.js';
import { Card, Empty, Problem, Waiting } from './ui/parts.js';
import { Silence } from './ui/silence.js';
import { isDark, theme, toggleTheme } from './ui/theme.js';
import { TrustChip, TrustWarning } from './ui/trust.js';
import { AccountView } from './views/account.js';
import { BlockView, TransactionView } from './views/block.js';
import { NetworkView } from './views/network.js';
import { PeriodView } from './views/period.js';
import { SearchView } from './views/search.js';

const parts: { name: string; icon: IconName; text: () => string }[] = [
  { name: 'network', icon: 'network', text: () => say('Network', '网络') },
  { name: 'market', icon: 'market', text: () => say('Market', '市场') },
  { name: 'wallet', icon: 'wallet', text: () => say('Wallet', '钱包') },
  { name: 'regulator', icon: 'regulator', text: () => say('Regulator', '监管') },
];

export function App() {
  const [chains, setChains] = useState<Chain[] | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const spoken = useStore(language);
  useStore(theme);
  const place = useStore(route);

  const open = () => {
    setError(undefined);
    connect().then((found) => {
      void followAll(found);
      setChains(found);
    }, setError);
  };
  useEffect(open, []);
  useAgain(error, open);
  useEffect(() => {
    const part = parts.find(({ name }) => name === place.path[0])?.text();
    document.title = part === undefined ? 'PCQ' : `${part} · PCQ`;
  }, [place, spoken]);

  return (
    <div class="page" key={spoken}>
      <a class="skip" href="#main" onClick={skip}>
        {say('Skip to the content', '跳到正文')}
      </a>
      <header class="bar">
        <a class="brand" href={href('network')}>
          <Logo />
          <span>
            PCQ <small>{say('personal carbon quotas', '个人碳配额')}</small>
          </span>
        </a>
        <Parts current={place.path[0] ?? ''} />
        <Search />
        <div class="tools">
          {chains !== undefined && <TrustChip chains={chains} />}
          <button
            type="button"
            class="bare"
            lang={spoken === 'zh' ? 'en' : 'zh'}
            onClick={() => choose(spoken === 'zh' ? 'en' : 'zh')}
          >
            {spoken === 'zh' ? 'EN' : '中文'}
          </button>
          <button
            type="button"
            class="bare"
            onClick={toggleTheme}
            aria-label={isDark() ? say('Light colours', '浅色') : say('Dark colours', '深色')}
          >
            <Icon of={isDark() ? 'sun' : 'moon'} />
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {error !== undefined && <Problem error={error} again={open} />}
        {chains === undefined && error === undefined && (
          <Waiting what={say('Asking the node for its chains…', '正在向节点查询…')} />
        )}
        {chains !== undefined && (
          <>
            <TrustWarning chains={chains} />
            <Silence chains={chains} />
            <Guarded place={place}>
              <View chains={chains} place={place} />
            </Guarded>
          </>
        )}
      </main>
      <footer class="foot">
        <span>
          <span class="mark proven">
            <Icon of="check" />
          </span>{' '}
          {say('verified in this browser', '已在本浏览器验证')}
        </span>
        <span>
          <span class="mark said">
            <Icon of="said" />
          </span>{' '}
          {say("the node's word, or an estimate", '节点所述或估算')}
        </span>
        <a href={href('check')}>{say('Check a file', '核验文件')}</a>
        <span class="dim">{location.host}</span>
      </footer>
    </div>
  );
}

const againMs = 3_000;

/** What the page itself begins with is tried again as long as it fails. */
function useAgain(error: unknown, open: () => void): void {
  useEffect(() => {
    if (error === undefined) return undefined;
    const timer = setTimeout(open, againMs);
    return () => clearTimeout(timer);
  }, [error]);
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Parts({ current }: { current: string }) {
  const isElsewhere = current === 'check' || parts.some(({ name }) => name === current);
  const shown = isElsewhere ? current : 'network';
  return (
    <nav class="parts-nav" aria-label={say('Parts of the page', '页面导航')}>
      {parts.map(({ name, icon, text }) => (
        <a key={name} href={href(name)} aria-current={name === shown ? 'page' : undefined}>
          <Icon of={icon} />
          <span>{text()}</span>
        </a>
      ))}
    </nav>
  );
}

function Search() {
  const [text, setText] = useState('');
  return (
    <form
      role="search"
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') go('search', text.trim());
        setText('');
      }}
    >
      <Icon of="search" />
      <input
        type="search"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        aria-label={say('Search a height, hash, address or year', '搜索高度、哈希、地址或年份')}
        placeholder={say('Height, hash, address', '高度、哈希、地址、年份')}
        autocomplete="off"
        spellcheck={false}
      />
    </form>
  );
}

const later = {
  market: () => import('./views/market.js').then(({ MarketView }) => MarketView),
  wallet: () => import('./views/wallet.js').then(({ WalletView }) => WalletView),
  regulator: () => import('./views/regulator.js').then(({ RegulatorView }) => RegulatorView),
  check: () => import('./views/check.js').then(({ CheckView }) => CheckView),
};

export interface PartProps {
  chains: Chain[];
  path: string[];
}

function Later({ name, ...props }: PartProps & { name: keyof typeof later }) {
  const [loaded, setLoaded] = useState<{ name: string; View: ComponentType<PartProps> } | undefined>(
    undefined,
  );
  const [error, setError] = useState<unknown>(undefined);
  const load = () => {
    later[name]().then((View) => {
      setLoaded({ name, View });
      setError(undefined);
    }, setError);
  };
  useEffect(load, [name]);
  useAgain(error, load);
  if (error !== undefined) return <Problem error={error} again={() => location.reload()} />;
  return loaded?.name === name ? <loaded.View {...props} /> : <Waiting />;
}

// A view that fails leaves the frame as it is, and the next address begins anew.
function Guarded({ place, children }: { place: Route; children: ComponentChildren }) {
  const [error, reset] = useErrorBoundary();
  useEffect(reset, [place]);
  return error === undefined ? <>{children}</> : <Problem error={error} again={reset} />;
}

function Nowhere({ place: { path } }: { place: Route }) {
  return (
    <>
      <h1>{say('Nothing is here', '此处没有内容')}</h1>
      <Card title={`#/${path.join('/')}`}>
        <Empty>
          {say(
            'This address names no part of the page. The search above finds a block by its height or hash, a transaction, an account or a period.',
            '该地址不对应任何页面。可用上方的搜索查找区块高度或哈希、交易、账户或年份。',
          )}
        </Empty>
      </Card>
    </>
  );
}

function View({ chains, place }: { chains: Chain[]; place: Route }) {
  const { path } = place;
  const [part = '', name = '', what = ''] = path;
  if (part === 'market' || part === 'wallet' || part === 'regulator' || part === 'check')
    return <Later name={part} chains={chains} path={path.slice(1)} />;
  if (part === 'search') return <SearchView chains={chains} text={path.slice(1).join('/')} />;
  const chain = chains.find((one) => one.name === name);
  if (chain !== undefined) {
    if (part === 'block' && /^\d{1,18}$/.test(what))
      return <BlockView key={what} chain={chain} height={BigInt(what)} />;
    if (part === 'tx') return <TransactionView key={what} chain={chain} hash={what} />;
    if (part === 'account') return <AccountView key={what} chain={chain} address={what} />;
    if (part === 'period' && /^\d{4}$/.test(what))
      return <PeriodView key={what} chain={chain} year={Number(what)} />;
  }
  return part === 'network' ? <NetworkView chains={chains} /> : <Nowhere place={place} />;
}
