// The way to where files are checked.
import { href } from '../core/route.js';
import { say } from '../text/say.js';
import { Icon } from './icons.js';

export function CheckLink() {
  return (
    <p class="no-print">
      <a class="lead-icon" href={href('check')}>
        <Icon of="check" />
        {say('Check a statement or certificate that somebody gave you', '核验他人提供的对账单或证书')}
      </a>
    </p>
  );
}
