import { useLayoutEffect, useRef, type RefObject } from 'react';

const kMoveMs = 420;

/**
 * Lets the children of `container` glide from where they were to where they are whenever `order`
 * changes (First, Last, Invert, Play). Children are told apart by data-movie-id. Does nothing for
 * viewers who asked for less motion.
 */
export function useFlip(container: RefObject<HTMLElement | null>, order: string): void {
  const places = useRef(new Map<string, { x: number; y: number }>());
  const lastOrder = useRef(order);

  useLayoutEffect(() => {
    const element = container.current;
    if (element === null) return;
    const before = places.current;
    const after = new Map<string, { x: number; y: number }>();
    const children = Array.from(element.children) as HTMLElement[];
    for (const child of children) {
      after.set(child.dataset.movieId ?? '', { x: child.offsetLeft, y: child.offsetTop });
    }
    places.current = after;
    if (lastOrder.current === order) return;
    lastOrder.current = order;
    if (window.matchMedia?.('(prefers-reduced-motion: reduce)').matches) return;
    for (const child of children) glide(child, before, after);
  });
}

type Places = Map<string, { x: number; y: number }>;

function glide(child: HTMLElement, before: Places, after: Places): void {
  if (typeof child.animate !== 'function') return;
  const id = child.dataset.movieId ?? '';
  const from = before.get(id);
  const to = after.get(id)!;
  const frames: Keyframe[] = from
    ? [{ transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)` }, { transform: 'none' }]
    : [
        { opacity: 0, transform: 'scale(0.92)' },
        { opacity: 1, transform: 'none' },
      ];
  if (from && from.x === to.x && from.y === to.y) return;
  child.animate(frames, { duration: kMoveMs, easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)' });
}
