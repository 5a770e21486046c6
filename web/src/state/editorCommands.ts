// Does what a key of the editor asks for.
import { ZOOM_FACTOR, type Command } from '../editor/keys';
import { around, revealing, scrolled, shareOf, whole, zoomed } from '../editor/timeView';
import type { LaneEditor } from './laneEditor.svelte';
import type { LaneListening } from './laneListening.svelte';
import type { Player } from './player.svelte';

export interface Desk {
  editor: LaneEditor;
  listening: LaneListening;
  player: Player;
  /** For when the control that was used goes away. */
  focusStage: () => void;
  openHelp: () => void;
  openSaving: () => void;
}

/** Whether the key was of use; one that was not is left to the browser. */
export function perform(command: Command, desk: Desk): boolean {
  const { editor, listening, player } = desk;
  const { selected, draft } = editor;
  switch (command.do) {
    case 'toggle_play':
      player.toggle();
      return true;
    case 'seek':
      seek(desk, player.at + command.byMs);
      return true;
    case 'seek_end':
      seek(desk, command.edge === 'start' ? 0 : editor.durationMs);
      return true;
    case 'go_to_boundary':
      if (!selected) return false;
      seek(desk, editor.edge === 'start' ? selected.start_ms : selected.end_ms);
      return true;
    case 'nudge':
      editor.nudge(command.byMs, command.touching);
      return true;
    case 'boundary_to_playhead':
      editor.moveTo(player.at, 'along');
      return true;
    case 'pick_boundary':
      editor.edge = command.edge;
      return true;
    case 'select':
      return editor.selectBy(command.step, player.at);
    case 'deselect':
      editor.select(null);
      return true;
    case 'label':
      editor.label(command.label);
      return true;
    case 'overlap':
      editor.label(null);
      return true;
    case 'split':
      editor.split(player.at);
      return true;
    case 'merge_next':
      editor.mergeNext();
      return true;
    case 'merge_voice':
      editor.askMerge();
      return true;
    case 'remove':
      editor.remove();
      return true;
    case 'new_voice':
      editor.newVoice();
      return true;
    case 'undo':
      editor.undo();
      return true;
    case 'redo':
      editor.redo();
      return true;
    case 'loop':
      listening.toggleLoop(editor.selectedId);
      return true;
    case 'only_voice':
      listening.toggleOnly(selected?.label ?? null, draft);
      return true;
    case 'zoom':
      zoom(desk, command.factor);
      return true;
    case 'zoom_segment':
      if (!selected) return false;
      editor.view = around(selected.start_ms, selected.end_ms, editor.durationMs);
      return true;
    case 'zoom_whole':
      editor.view = whole(editor.durationMs);
      return true;
    case 'scroll':
      editor.view = scrolled(
        editor.view,
        editor.durationMs,
        command.pages * editor.view.spanMs,
      );
      return true;
    case 'save':
      if (editor.changed) desk.openSaving();
      return true;
    case 'help':
      desk.openHelp();
      return true;
  }
}

/** Puts the playhead somewhere within the recording, and into view. */
export function seek({ editor, player }: Desk, ms: number) {
  const at = Math.min(editor.durationMs, Math.max(0, ms));
  player.seek(at);
  editor.view = revealing(editor.view, editor.durationMs, at);
}

/** Zooms about the playhead where it is in view, otherwise about the middle. */
export function zoom({ editor, player }: Desk, factor: number = ZOOM_FACTOR) {
  const share = shareOf(editor.view, player.at);
  const middle = editor.view.startMs + editor.view.spanMs / 2;
  const anchor = share >= 0 && share <= 1 ? player.at : middle;
  editor.view = zoomed(editor.view, editor.durationMs, factor, anchor);
}
