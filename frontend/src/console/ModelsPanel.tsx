import { useState } from 'react';
import { ago, bytes, count } from '../state/numbers';
import type { AdminClient } from './admin_client';
import { ConfirmDialog } from './ConfirmDialog';
import { Panel, Status } from './Panel';
import { useModels } from './queries';
import type { Model } from './types';
import { useAction } from './useAction';

interface Wish {
  title: string;
  text: string;
  action: string;
  said: string;
  call: () => Promise<unknown>;
}

/** Which models there are, how good they were on held-out viewers, and which one serves. */
export function ModelsPanel({ client }: { client: AdminClient }) {
  const { data, error, isPending } = useModels(client);
  const { act, isBusy, problem, done, clear } = useAction();
  const [wish, setWish] = useState<Wish | null>(null);
  const close = () => {
    setWish(null);
    clear();
  };
  const previous = data?.find((model) => model.previous);

  return (
    <Panel
      title="Models"
      problem={error?.message}
      isLoading={isPending}
      action={
        previous && (
          <button
            type="button"
            className="button"
            onClick={() =>
              setWish({
                title: 'Roll back?',
                text: `Every list is then made with ${previous.version}, the model before this one.`,
                action: 'Roll back',
                said: `Rolled back to ${previous.version}.`,
                call: () => client.rollback(),
              })
            }
          >
            Roll back
          </button>
        )
      }
    >
      <p className="console-said" role="status">
        {done}
      </p>
      {data?.length === 0 && (
        <p className="muted">There is no model yet. A run of the batch pipeline makes one.</p>
      )}
      {data && data.length > 0 && (
        <Models
          models={data}
          onPromote={({ version }) =>
            setWish({
              title: `Serve ${version}?`,
              text: 'Its files are verified first; then every new list is made with it. Nothing stops meanwhile.',
              action: 'Promote',
              said: `${version} is in service.`,
              call: () => client.promote(version),
            })
          }
        />
      )}
      {wish && (
        <ConfirmDialog
          {...wish}
          isBusy={isBusy}
          problem={problem}
          onClose={close}
          onConfirm={() => void act(wish.call, wish.said).then((ok) => ok && close())}
        />
      )}
    </Panel>
  );
}

function Models(props: { models: readonly Model[]; onPromote: (model: Model) => void }) {
  return (
    <div className="table-frame" role="region" aria-label="Models, scrollable" tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Trained</th>
            <th scope="col" className="number">
              Recall@20
            </th>
            <th scope="col" className="number">
              NDCG@100
            </th>
            <th scope="col" className="number">
              Films
            </th>
            <th scope="col" className="number">
              Size
            </th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {props.models.map((model) => (
            <Row key={model.version} model={model} onPromote={() => props.onPromote(model)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ model, onPromote }: { model: Model; onPromote: () => void }) {
  const { metrics = {}, rows = {}, files = [] } = model.manifest ?? {};
  return (
    <tr>
      <th scope="row">{model.version}</th>
      <td title={model.created_at}>{ago(Date.parse(model.created_at))}</td>
      <td className="number">{metrics.ials_recall_20?.toFixed(4) ?? '–'}</td>
      <td className="number">{metrics.ials_ndcg_100?.toFixed(4) ?? '–'}</td>
      <td className="number">{count(rows.items)}</td>
      <td className="number">
        {files.length === 0 ? '–' : bytes(files.reduce((sum, file) => sum + file.bytes, 0))}
      </td>
      <td>
        {model.current ? (
          <Status status="in service" />
        ) : (
          <button
            type="button"
            className="button button-small"
            aria-label={`Promote ${model.version}`}
            onClick={onPromote}
          >
            Promote
          </button>
        )}
      </td>
    </tr>
  );
}
