import { useCallback, useRef, useState } from 'react';

export interface ToastContent {
  text: string;
  /** Title of the film it is about. */
  movie?: string;
  stars?: number;
  tone?: 'plain' | 'error';
  undo?: () => void;
}

export interface Toast extends ToastContent {
  id: number;
}

const kToastsMax = 3;

/** Short messages at the edge of the page, newest last; who shows them decides how long. */
export function useToasts() {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const nextId = useRef(1);
  const showToast = useCallback((content: ToastContent) => {
    const id = nextId.current++;
    setToasts((before) => [...before, { ...content, id }].slice(-kToastsMax));
  }, []);
  const dismissToast = useCallback((id: number) => {
    setToasts((before) => before.filter((toast) => toast.id !== id));
  }, []);
  return { toasts, showToast, dismissToast };
}
