import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

/** A call that changes something: whether it runs, what came of it, and everything asked anew. */
export function useAction() {
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);

  const act = async (call: () => Promise<unknown>, said: string): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    setDone(null);
    try {
      await call();
      setDone(said);
      return true;
    } catch (error) {
      setProblem((error as Error).message);
      return false;
    } finally {
      setBusy(false);
      void queries.invalidateQueries({ queryKey: ['admin'] });
    }
  };
  return { act, isBusy, problem, done, clear: () => setProblem(null) };
}
