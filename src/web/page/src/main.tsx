// Where the page begins.
import { render } from 'preact';

import { App } from './app.js';
import { choose, language } from './text/say.js';
import { applyTheme } from './ui/theme.js';
import './styles/base.css';
import './styles/parts.css';
import './styles/tables.css';
import './styles/forms.css';
import './styles/views.css';

choose(language.value);
applyTheme();
const page = document.getElementById('page')!;
page.replaceChildren();
render(<App />, page);
