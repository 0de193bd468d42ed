// Choosing files, in the page's own words: the browser's button speaks the browser's language. The input itself stays where
// the keyboard and a screen reader find it; what is seen is a label of it.
import { useState } from 'preact/hooks';

import { say } from '../text/say.js';
import { Icon } from './icons.js';

interface FileFieldProps {
  id: string;
  label: string;
  accept?: string;
  multiple?: boolean;
  /** Hears of each choice; nothing chosen is an empty list. */
  take: (files: File[]) => void;
}

export function FileField({ id, label, accept, multiple = false, take }: FileFieldProps) {
  const [names, setNames] = useState<string[]>([]);
  const chosen = names.length === 0 ? say('No file chosen', '未选择文件') : names.join(', ');
  return (
    <div class="file">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="file"
        class="unseen"
        {...(accept === undefined ? {} : { accept })}
        multiple={multiple}
        aria-describedby={`${id}-chosen`}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          setNames(files.map(({ name }) => name));
          take(files);
        }}
      />
      <label for={id} class="button plain">
        <Icon of="folder" /> {multiple ? say('Choose files', '选择文件') : say('Choose a file', '选择文件')}
      </label>
      <span id={`${id}-chosen`} class="dim" aria-live="polite">
        {chosen}
      </span>
    </div>
  );
}
