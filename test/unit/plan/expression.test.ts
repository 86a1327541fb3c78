import { describe, expect, it } from 'vitest';
import { slotToken } from '../../../src/model/index.js';
import { Renderer } from '../../../src/plan/expression.js';
import { LateValue } from '../../../src/plan/late.js';

const secret = new LateValue({ name: 'pw', kind: 'secret', secret: { env: 'PW' } }, 'secrets.pw');
const scope = {
  fleet: 'shop',
  vars: { connections: 256, hosts: ['a', 'b'], on: false },
  secrets: { pw: secret },
  machines: { 'db-1': { address: '10.0.0.1' } },
  groups: { web: { machines: [{ name: 'web-1', address: secret }] } },
};
const rendered = (text: string): string => {
  const result = new Renderer().render(text, scope);
  if (!result.ok) throw new Error(result.errors.map((error) => error.message).join('\n'));
  return result.text;
};
const errors = (text: string) => {
  const result = new Renderer().render(text, scope);
  if (result.ok) throw new Error(`rendered as ${JSON.stringify(result.text)}`);
  return result.errors;
};

describe('an expression', () => {
  it.each([
    ['${{ fleet }}', 'shop'],
    ['${{ vars.connections | plus: 1 }}', '257'],
    ['${{ machines.db-1.address }}', '10.0.0.1'],
    ["${{ vars.hosts | join: ',' }}", 'a,b'],
    ['${% for h in vars.hosts %}[${{ h }}]${% endfor %}', '[a][b]'],
    ['${% if vars.on %}yes${% else %}no${% endif %}', 'no'],
    ['${% assign x = vars.connections | times: 2 %}${{ x }}', '512'],
    ['a\n${% for h in vars.hosts -%}\n  ${{ h }}\n${% endfor -%}\n b', 'a\n  a\n  b\n b'],
    ['${% raw %}${{ left }}${% endraw %}', '${{ left }}'],
  ])('%s gives %j', (text, expected) => {
    expect(rendered(text)).toBe(expected);
  });

  it('leaves shell, Prometheus and Jinja syntax alone', () => {
    const text = '$HOME ${HOME} {{ $labels.instance }} {% if x %} $(date) %}';
    expect(rendered(text)).toBe(text);
    expect(rendered(`${text} \${{ fleet }}`)).toBe(`${text} shop`);
  });

  it('shows an undefined name with the one that was meant, where it stands', () => {
    expect(errors('x\n  ${{ vars.conections }}')).toEqual([
      {
        line: 2,
        column: 7,
        message: 'vars.conections is not defined.',
        remedy: 'Did you mean vars.connections?',
      },
    ]);
  });

  it('reports every mistake of a text at once', () => {
    expect(
      errors('${{ vars.a }} ${{ fleet }}\n${{ nope }}${{ machines.db-2.address }}').map((one) => one.message),
    ).toEqual(['vars.a is not defined.', 'nope is not defined.', 'machines.db-2 is not defined.']);
  });

  it.each([
    ['${{ fleet | upcas }}', 'There is no filter upcas.', 'Did you mean upcase?'],
    ['${% iff fleet %}${% endif %}', 'There is no tag iff.', 'Did you mean if?'],
    ['${% include "/etc/passwd" %}', 'There is no tag include.', undefined],
    ['${% render "x" %}', 'There is no tag render.', undefined],
    ['${% capture x %}${{ secrets.pw }}${% endcapture %}', 'There is no tag capture.', undefined],
    ["${{ 'now' | date: '%s' }}", 'There is no filter date.', undefined],
    ['${{ vars.hosts | sample }}', 'There is no filter sample.', undefined],
  ])('%s is refused: %s', (text, message, remedy) => {
    const [error] = errors(text);
    expect(error?.message).toBe(message);
    if (remedy) expect(error?.remedy).toBe(remedy);
  });

  it.each(['${{ fleet', '${% if fleet %}x', '${{ | }}', '${% for %}'])(
    'says that %j cannot be read',
    (text) => {
      expect(errors(text)[0]?.message).toMatch(/^The expression cannot be read: /);
      expect(errors(text)[0]).toMatchObject({ line: 1, column: expect.any(Number) });
    },
  );

  it.each([
    '${{ vars.constructor }}',
    '${{ vars.__proto__ }}',
    '${{ fleet.constructor }}',
    '${{ toString }}',
  ])('%s reaches nothing inherited', (text) => {
    expect(errors(text)[0]?.message).toMatch(/is not defined/);
  });

  it('ends a loop that would never end, and a text that would fill the memory', () => {
    const loop = (name: string, body: string) => `\${% for ${name} in (1..900000) %}${body}\${% endfor %}`;
    const renderer = new Renderer({ parseLimit: 1000, renderLimit: 200, memoryLimit: 10_000_000 });
    const message = (text: string) => {
      const result = renderer.render(text, scope);
      return result.ok ? result.text.length : result.errors[0]?.message;
    };
    expect(message(loop('i', loop('j', 'x')))).toMatch(/limit exceeded/);
    expect(message('${% for i in (1..100000000) %}x${% endfor %}')).toMatch(/limit exceeded/);
    expect(message(`\${{ fleet }}${'x'.repeat(2000)}`)).toMatch(/limit exceeded/);
  });
});

describe('a late value', () => {
  it('renders as its slot, alone or within text', () => {
    expect(rendered('${{ secrets.pw }}')).toBe(slotToken('pw'));
    expect(rendered("password='${{ secrets.pw }}'\n")).toBe(`password='${slotToken('pw')}'\n`);
  });

  it('can be passed on and printed', () => {
    expect(rendered('${% assign x = secrets.pw %}${{ x }}')).toBe(slotToken('pw'));
    expect(rendered('${% for m in groups.web.machines %}${{ m.name }} ${{ m.address }}${% endfor %}')).toBe(
      `web-1 ${slotToken('pw')}`,
    );
  });

  it.each([
    '${{ secrets.pw | upcase }}',
    '${{ secrets.pw | size }}',
    '${{ secrets.pw | first }}',
    "${{ secrets.pw | default: 'x' }}",
    '${{ secrets.pw | json }}',
    '${{ secrets.pw | base64_encode }}',
    '${{ fleet | append: secrets.pw }}',
    '${{ secrets | json }}',
    "${{ groups.web.machines | map: 'address' | join: ' ' }}",
    "${{ groups.web.machines | where: 'address', 'x' | size }}",
    "${{ groups.web.machines | sort: 'address' | map: 'name' }}${{ groups.web.machines | map: 'address' }}",
    '${{ secrets.pw.size }}',
    '${{ secrets.pw.first }}',
    '${{ secrets.pw.constructor }}',
    '${{ secrets.pw[0] }}',
    '${% if secrets.pw %}x${% endif %}',
    "${% if secrets.pw == 'x' %}x${% endif %}",
    "${% if 'x' != secrets.pw %}x${% endif %}",
    '${% if secrets.pw > 1 %}x${% endif %}',
    '${% if 1 < secrets.pw %}x${% endif %}',
    "${% if secrets.pw contains 'x' %}x${% endif %}",
    '${% if fleet contains secrets.pw %}x${% endif %}',
    '${% if vars.on or secrets.pw %}x${% endif %}',
    '${% if secrets.pw == empty %}x${% endif %}',
    '${% if secrets.pw == nil %}x${% endif %}',
    '${% unless secrets.pw %}x${% endunless %}',
    "${% case secrets.pw %}${% when 'x' %}y${% endcase %}",
    '${% case fleet %}${% when secrets.pw %}y${% endcase %}',
    '${% for c in secrets.pw %}x${% endfor %}',
    '${% for c in vars.hosts limit: secrets.pw %}x${% endfor %}',
    '${% for i in (1..secrets.pw) %}x${% endfor %}',
    '${{ vars[secrets.pw] }}',
    '${% assign x = secrets.pw %}${% if x %}y${% endif %}',
  ])('cannot be looked at: %s', (text) => {
    const [error] = errors(text);
    expect(error?.message).toBe(
      'secrets.pw is known only when the step runs: no filter, condition or loop can look at it.',
    );
    expect(error?.remedy).toBe('Print it as it is: ${{ secrets.pw }}.');
  });
});
