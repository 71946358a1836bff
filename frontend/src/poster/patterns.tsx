import type { ReactElement } from 'react';
import type { Palette } from './palette';

/** Draws into a 200 × 200 box that is already filled with `palette.shade`. */
type Pattern = (palette: Palette, random: () => number) => ReactElement;

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const round = (value: number) => Math.round(value * 10) / 10;

const sunburst: Pattern = ({ paper, glow }, random) => {
  const x = 60 + random() * 80;
  const y = 120 + random() * 50;
  const rays = 9 + Math.floor(random() * 7);
  const wedge = Math.PI / rays;
  const turn = random() * Math.PI;
  const end = (angle: number) =>
    `${round(x + 320 * Math.cos(angle))} ${round(y + 320 * Math.sin(angle))}`;
  return (
    <>
      {range(rays).map((i) => {
        const angle = turn + 2 * wedge * i;
        return <path key={i} d={`M${x} ${y}L${end(angle)}L${end(angle + wedge)}Z`} fill={paper} />;
      })}
      <circle cx={x} cy={y} r={30 + random() * 18} fill={glow} />
    </>
  );
};

const rings: Pattern = ({ paper, glow }, random) => {
  const x = 40 + random() * 120;
  const y = 50 + random() * 100;
  const step = 15 + random() * 9;
  return (
    <>
      {range(9).map((i) => (
        <circle
          key={i}
          cx={x}
          cy={y}
          r={step * (9 - i)}
          fill={i % 2 === 0 ? paper : 'none'}
          stroke={glow}
          strokeWidth={i % 2 === 0 ? 0 : 2.5}
        />
      ))}
      <circle cx={x} cy={y} r={step * 0.9} fill={glow} />
    </>
  );
};

const hills: Pattern = ({ paper, ink, glow }, random) => {
  const phase = random() * 6;
  const wave = (base: number, height: number, shift: number) =>
    `M-5 205V${base}` +
    range(22)
      .map((i) => `L${i * 10 - 5} ${round(base - height * (1 + Math.sin(i / 3 + shift)))}`)
      .join('') +
    'V205Z';
  return (
    <>
      <circle cx={50 + random() * 100} cy={50 + random() * 30} r={24 + random() * 16} fill={glow} />
      <path d={wave(130, 14 + random() * 10, phase)} fill={ink} opacity={0.25} />
      <path d={wave(160, 10 + random() * 12, phase + 2)} fill={glow} opacity={0.55} />
      <path d={wave(190, 8 + random() * 10, phase + 4)} fill={paper} />
    </>
  );
};

const blinds: Pattern = ({ paper, glow }, random) => {
  const tilt = -35 + random() * 70;
  const bars = 7 + Math.floor(random() * 5);
  const gap = 280 / bars;
  return (
    <>
      <circle cx={60 + random() * 80} cy={70 + random() * 60} r={48 + random() * 18} fill={glow} />
      <g transform={`rotate(${round(tilt)} 100 100)`} fill={paper}>
        {range(bars).map((i) => (
          <rect key={i} x={-60} y={-40 + i * gap} width={320} height={gap * 0.46} />
        ))}
      </g>
    </>
  );
};

const tiles: Pattern = ({ paper, ink, glow }, random) => {
  const colours = [paper, glow, ink, glow, paper];
  return (
    <>
      {range(16).map((i) => {
        const x = (i % 4) * 50;
        const y = Math.floor(i / 4) * 50;
        const fill = colours[Math.floor(random() * colours.length)]!;
        const turn = Math.floor(random() * 4) * 90;
        if (random() < 0.16) return <circle key={i} cx={x + 25} cy={y + 25} r={15} fill={fill} />;
        return (
          <path
            key={i}
            d={`M${x} ${y}h50a50 50 0 0 1-50 50Z`}
            fill={fill}
            transform={`rotate(${turn} ${x + 25} ${y + 25})`}
          />
        );
      })}
    </>
  );
};

const halftone: Pattern = ({ paper, glow }, random) => {
  const angle = random() * Math.PI * 2;
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  return (
    <>
      <rect width={200} height={200} fill={paper} />
      {range(100).map((i) => {
        const x = (i % 10) * 20 + 10;
        const y = Math.floor(i / 10) * 20 + 10;
        const along = ((x - 100) * dx + (y - 100) * dy) / 140;
        return (
          <circle key={i} cx={x} cy={y} r={round(Math.max(0.8, 5.4 + along * 5.4))} fill={glow} />
        );
      })}
    </>
  );
};

const skyline: Pattern = ({ paper, ink, glow }, random) => (
  <>
    <circle cx={50 + random() * 100} cy={60} r={34} fill={glow} />
    {range(8).map((i) => {
      const height = 50 + random() * 90;
      const x = i * 26 - 4;
      const lit = random() < 0.7;
      return (
        <g key={i}>
          <rect x={x} y={200 - height} width={27} height={height} fill={paper} />
          {lit && <rect x={x + 6} y={210 - height} width={4} height={6} fill={glow} />}
          {lit && (
            <rect x={x + 15} y={226 - height} width={4} height={6} fill={ink} opacity={0.7} />
          )}
        </g>
      );
    })}
  </>
);

const arcs: Pattern = ({ paper, ink, glow }, random) => {
  const x = [0, 100, 200][Math.floor(random() * 3)]!;
  const width = 16 + random() * 8;
  return (
    <>
      {range(6).map((i) => (
        <circle
          key={i}
          cx={x}
          cy={200}
          r={Math.max(8, 180 - i * width * 1.65)}
          fill="none"
          stroke={[glow, paper, ink][i % 3]}
          strokeWidth={width}
          opacity={i % 3 === 2 ? 0.8 : 1}
        />
      ))}
    </>
  );
};

const peaks: Pattern = ({ paper, ink, glow }, random) => (
  <>
    <circle cx={40 + random() * 120} cy={56} r={22 + random() * 12} fill={glow} />
    {range(4).map((i) => {
      const x = i * 58 - 10 + random() * 24;
      const top = 60 + random() * 60;
      const half = 62 + random() * 24;
      const cap = 24;
      return (
        <g key={i}>
          <path
            d={`M${round(x - half)} 202L${round(x)} ${round(top)}L${round(x + half)} 202Z`}
            fill={paper}
          />
          <path
            fill={ink}
            opacity={0.85}
            d={`M${round(x)} ${round(top)}L${round(x + (half * cap) / (202 - top))} ${round(top + cap)}L${round(x)} ${round(top + cap - 7)}L${round(x - (half * cap) / (202 - top))} ${round(top + cap)}Z`}
          />
        </g>
      );
    })}
  </>
);

const orbit: Pattern = ({ paper, ink, shade, glow }, random) => {
  const tilt = -30 + random() * 60;
  return (
    <>
      <rect width={200} height={200} fill={paper} />
      {range(26).map((i) => (
        <circle
          key={i}
          cx={round(random() * 200)}
          cy={round(random() * 200)}
          r={round(0.6 + random() * 1.3)}
          fill={ink}
        />
      ))}
      <g transform={`rotate(${round(tilt)} 100 100)`}>
        <circle cx={100} cy={100} r={44} fill={glow} />
        <path d="M56 100a44 44 0 0 0 88 0Z" fill={shade} opacity={0.35} />
        <ellipse cx={100} cy={100} rx={82} ry={17} fill="none" stroke={ink} strokeWidth={4} />
        <path d="M56 100a44 44 0 0 1 88 0Z" fill={glow} />
      </g>
    </>
  );
};

const kAll: Record<string, Pattern> = {
  sunburst,
  rings,
  hills,
  blinds,
  tiles,
  halftone,
  skyline,
  arcs,
  peaks,
  orbit,
};

const kByGenre: Record<string, string[]> = {
  crime: ['skyline', 'blinds', 'halftone', 'tiles'],
  'film-noir': ['blinds', 'skyline', 'rings'],
  thriller: ['blinds', 'rings', 'skyline', 'halftone'],
  western: ['sunburst', 'hills', 'peaks'],
  adventure: ['sunburst', 'peaks', 'hills', 'arcs'],
  'sci-fi': ['orbit', 'rings', 'halftone', 'arcs'],
  fantasy: ['orbit', 'peaks', 'hills', 'sunburst'],
  romance: ['arcs', 'hills', 'rings', 'tiles'],
  documentary: ['hills', 'tiles', 'arcs', 'peaks'],
};

/** The picture of a film: chosen among those that suit its lead genre. */
export function patternOf(genre: string, random: () => number): Pattern {
  const names = kByGenre[genre] ?? Object.keys(kAll);
  return kAll[names[Math.floor(random() * names.length)]!]!;
}
