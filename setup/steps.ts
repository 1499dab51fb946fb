/** What is happening inside a step. */
export interface Step {
  /** Says it on the step's line, e.g. `downloading 44 MB`. */
  note(message: string): void;
}

export interface Steps {
  /**
   * Shows `title` as under way until `work` settles, then how long it took.
   * @param describe what to say of the result, e.g. its version
   */
  run<T>(
    title: string,
    work: (step: Step) => Promise<T>,
    describe?: (result: T) => string,
  ): Promise<T>;
  /** A line of its own, safe while steps are under way. */
  say(line: string): void;
}

/** The few things needed of standard output. */
export interface StepsOutput {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

interface Active {
  title: string;
  note: string;
  startedAt: number;
}

/**
 * Prints steps as they start and end, several at a time. On a terminal those under way keep the last
 * lines and count the seconds; elsewhere every event is a line.
 */
export const createSteps = (output: StepsOutput = process.stdout): Steps => {
  const screen = output.isTTY ? liveScreen(output) : plainScreen(output);
  return {
    say: (line) => screen.print(line),
    run: async (title, work, describe) => {
      const active: Active = { title, note: '', startedAt: performance.now() };
      screen.begin(active);
      const step: Step = {
        note: (message) => {
          active.note = message;
          screen.changed(active);
        },
      };
      try {
        const result = await work(step);
        const said = describe?.(result);
        screen.end(active, `✓ ${said ? `${title} ${said}` : title} (${elapsed(active)})`);
        return result;
      } catch (error) {
        screen.end(active, `✗ ${title} (${elapsed(active)})`);
        throw error;
      }
    },
  };
};

interface Screen {
  print(line: string): void;
  begin(step: Active): void;
  changed(step: Active): void;
  end(step: Active, line: string): void;
}

/** Steps shorter than this are only worth a line when they have ended. */
const QUIET_MS = 1_000;

const plainScreen = (output: StepsOutput): Screen => {
  const timers = new Map<Active, NodeJS.Timeout>();
  const print = (line: string) => output.write(`${line}\n`);
  return {
    print,
    begin: (step) => {
      timers.set(
        step,
        setTimeout(() => print(`▸ ${step.title} …`), QUIET_MS),
      );
    },
    changed: (step) => {
      clearTimeout(timers.get(step));
      print(`▸ ${step.title} … (${step.note})`);
    },
    end: (step, line) => {
      clearTimeout(timers.get(step));
      print(line);
    },
  };
};

const liveScreen = (output: StepsOutput): Screen => {
  const active = new Set<Active>();
  let drawn = 0;
  let ticker: NodeJS.Timeout | undefined;

  const erase = () => (drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : '');
  const draw = (above = '') => {
    const width = (output.columns || 80) - 1;
    // A line longer than the terminal would wrap, and the next erase would miss a row.
    const lines = [...active].map((step) => `${describeActive(step).slice(0, width)}\n`);
    output.write(erase() + above + lines.join(''));
    drawn = lines.length;
  };
  return {
    print: (line) => draw(`${line}\n`),
    begin: (step) => {
      active.add(step);
      ticker ??= setInterval(draw, 500).unref();
      draw();
    },
    changed: () => draw(),
    end: (step, line) => {
      active.delete(step);
      if (active.size === 0) {
        clearInterval(ticker);
        ticker = undefined;
      }
      draw(`${line}\n`);
    },
  };
};

const describeActive = (step: Active): string => {
  const note = step.note ? ` (${step.note})` : '';
  const seconds = Math.floor((performance.now() - step.startedAt) / 1_000);
  return `▸ ${step.title} …${note}${seconds > 0 ? ` ${seconds} s` : ''}`;
};

const elapsed = ({ startedAt }: Active): string =>
  `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
