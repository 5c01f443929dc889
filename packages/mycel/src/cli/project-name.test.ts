import { expect, test } from 'vitest';
import { projectName } from './project-name.ts';

test.each([
  ['/work/greeter', 'greeter'],
  ['/work/My Shop', 'my-shop'],
  ['/work/Café_Bar.v2', 'cafe_bar.v2'],
  ['/work/.hidden', 'hidden'],
  ['/work/_private-', 'private'],
  ['/work/日本', 'my-service'],
  ['/', 'my-service'],
  ['/work/node_modules', 'node_modules-service'],
  ['/work/mycel', 'mycel-service'],
  ['/work/http', 'http-service'],
  [`/work/${'x'.repeat(250)}`, 'x'.repeat(214)],
])('the folder %s makes a package %s', (folder, name) => {
  expect(projectName(folder)).toBe(name);
});
