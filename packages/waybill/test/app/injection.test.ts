import {
  Actor,
  Aggregate,
  App,
  audit,
  Command,
  Container,
  Event,
  explain,
  explanationText,
  Handler,
  Handles,
  inject,
  memoryStore,
  On,
  realRuntime,
} from 'waybill';
import type { Meta, UseClass } from 'waybill';

class Greet extends Command('Greet')<{ name: string }> {}
class Greeted extends Event('Greeted')<{ name: string; words: string }> {}

interface Words {
  hello(name: string): string;
}
const Words = Symbol('Words');
interface Post {
  send(words: string): void;
}
const Post = Symbol('Post');

let built = 0;
@Aggregate('greetings')
class Greetings extends Actor<null, Greet, Greeted> {
  constructor(@inject(Words) private readonly words: Words) {
    super();
    built++;
  }
  initial() {
    return null;
  }
  key(c: Greet) {
    return c.name;
  }
  @Handles(Greet) greet({ name }: Greet) {
    return new Greeted({ name, words: this.words.hello(name) });
  }
}

@Handler('post', { delivery: 'at-least-once' })
class PostGreetings {
  @inject(Post) private readonly post!: Post;
  constructor(@inject(Words) private readonly words: Words) {}

  @On(Greeted) async greeted({ words }: Greeted, _: Meta) {
    await Promise.resolve();
    this.post.send(`${words} ${this.words.hello('again')}`);
  }
}

function container(hello = (name: string) => `hello ${name}`): { container: Container; sent: string[] } {
  const sent: string[] = [];
  const bound = new Container();
  bound.bind<Words>(Words).toConstantValue({ hello });
  bound.bind<Post>(Post).toConstantValue({ send: (words) => void sent.push(words) });
  return { container: bound, sent };
}
const start = (bound: Container | undefined, use: readonly UseClass[] = [Greetings, PostGreetings]) =>
  App.start({ store: memoryStore(), use, ...(bound && { container: bound }) });
const greet = (app: App, name: string) => app.send(Greetings, new Greet({ name }), { id: `greet-${name}` });

describe('injection', () => {
  test('gives actors and handlers what they ask for by token, without @injectable and design metadata', async () => {
    const { container: bound, sent } = container();
    const app = await start(bound);
    expect((await greet(app, 'ada')).events).toEqual([new Greeted({ name: 'ada', words: 'hello ada' })]);
    await app.settled();
    expect(sent).toEqual(['hello ada hello again']);
    await app.stop();
  });

  test('builds one instance per class and container', async () => {
    const before = built;
    const first = await start(container().container);
    await greet(first, 'ada');
    await greet(first, 'bob');
    expect(built - before).toBe(1);
    await first.stop();
  });

  test('one class in two apps: each has its own services', async () => {
    const one = await start(container().container);
    const two = await start(container((name) => `salut ${name}`).container);
    expect((await greet(one, 'ada')).events[0]?.words).toBe('hello ada');
    expect((await greet(two, 'ada')).events[0]?.words).toBe('salut ada');
    await one.stop();
    await two.stop();
  });

  test('an instance that the container has already is the one that runs', async () => {
    const { container: bound } = container();
    bound.bind(Greetings).toConstantValue(new Greetings({ hello: () => 'mine' }));
    const app = await start(bound);
    expect((await greet(app, 'ada')).events[0]?.words).toBe('mine');
    await app.stop();
  });

  test('who only reads the log needs no container for handlers, and builds none', async () => {
    const store = memoryStore();
    const { container: bound } = container();
    const app = await App.start({ store, use: [Greetings, PostGreetings], container: bound });
    await greet(app, 'ada');
    await app.settled();
    await app.stop();
    const actors = new Container();
    actors.bind<Words>(Words).toConstantValue({ hello: (name) => `hello ${name}` }); // and nothing for Post
    const use = [Greetings, PostGreetings];
    expect((await audit(store, { use, container: actors, decisions: true })).violations).toEqual([]);
    expect(explanationText(await explain(store, 'greet-ada', { use, container: actors }))).toMatch(/greetings-ada/);
    expect((await audit(store, { use: [PostGreetings] })).violations).toEqual([]);
  });

  test('a missing binding is named, with the class that asks for it', async () => {
    await expect(start(new Container())).rejects.toMatchObject({
      code: 'INJECTION_FAILED',
      message: expect.stringMatching(/Greetings cannot be built: .*Words.*Fix: bind what it injects/),
    });
    await expect(start(undefined)).rejects.toMatchObject({ code: 'INJECTION_FAILED' });
  });

  test('a service that is built asynchronously is refused: actors are built at once', async () => {
    const bound = new Container();
    bound.bind<Words>(Words).toDynamicValue(async () => Promise.resolve({ hello: String }));
    await expect(start(bound, [Greetings])).rejects.toMatchObject({ code: 'INJECTION_FAILED' });
  });

  test('a constructor parameter without @inject is refused', async () => {
    @Aggregate('unmarked')
    class Unmarked extends Actor<null, Greet> {
      constructor(readonly words: Words) {
        super();
      }
      initial() {
        return null;
      }
      key(c: Greet) {
        return c.name;
      }
      @Handles(Greet) greet() {
        return [];
      }
    }
    await expect(start(container().container, [Unmarked])).rejects.toMatchObject({ code: 'INJECTION_FAILED' });
  });
});

describe('the real runtime', () => {
  test('hashes alike in every process, and tells texts apart', () => {
    expect(realRuntime.hash('')).toBe('47DEQpj8HBSa-_TImW-5JC');
    expect(realRuntime.hash('a')).not.toBe(realRuntime.hash('b'));
  });

  test('a timer that was cancelled does not fire', async () => {
    let fired = 0;
    const cancel = realRuntime.after(1, () => fired++);
    cancel();
    await new Promise<void>((resolve) => void realRuntime.after(10, resolve));
    expect(fired).toBe(0);
    expect(realRuntime.uuid()).not.toBe(realRuntime.uuid());
    expect(realRuntime.random()).toBeLessThan(1);
  });
});
