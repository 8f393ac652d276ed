import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { LiveList } from "./lists.ts";
import { Choice, ListEnd, Panel, Waiting } from "./pieces.tsx";

/** A panel with a list as a table: which of its rows to see, what stands there while there are none, the way to older ones. */
export function Listing<Row, Shown extends string>(props: {
  readonly id: string;
  readonly title: string;
  /** Its rows, as in "Show older Docker events". */
  readonly name: string;
  readonly list: LiveList<Row>;
  readonly choice: {
    readonly label: string;
    /** The first is the one shown at the beginning. */
    readonly options: readonly [readonly [Shown, string], ...(readonly [Shown, string])[]];
    readonly filter: (shown: Shown) => Readonly<Record<string, string | null>>;
  };
  readonly empty: ComponentChildren;
  readonly columns: readonly { readonly title: ComponentChildren; readonly class?: string }[];
  readonly body: (rows: readonly Row[]) => ComponentChildren;
}) {
  const { list, choice } = props;
  const shown = useSignal<Shown>(choice.options[0][0]);
  const rows = list.rows.value;
  const tools = (
    <Choice
      label={choice.label}
      value={shown.value}
      options={choice.options}
      onChange={(value) => {
        shown.value = value;
        list.filter(choice.filter(value));
      }}
    />
  );
  return (
    <Panel id={props.id} title={props.title} tools={tools}>
      {rows === null ? (
        <Waiting />
      ) : rows.length === 0 ? (
        <div class="empty">{props.empty}</div>
      ) : (
        <table class="stack" role="table">
          <thead role="rowgroup">
            <tr role="row">
              {props.columns.map((column, at) => (
                <th scope="col" role="columnheader" class={column.class ?? ""} key={at}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">{props.body(rows)}</tbody>
        </table>
      )}
      <ListEnd list={list} name={props.name} />
    </Panel>
  );
}
