import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../../src/utils/shown';

test('shown() leaves ordinary names as they are', () => {
  for (const name of [
    'cat.1.jpg',
    "Mia's cat (2).jpg",
    '고양이',
    'κύων кот',
    'קאַץ',
    'گربه‌ها',
    '👩‍👧 é',
    'C:\\new',
    '<b>&lt;',
  ])
    assert.equal(shown(name), name);
});

test('shown() spells out what a terminal obeys, what breaks the line, and what is hidden or no character', () => {
  for (const [name, expected] of [
    ['\x1b[31mred\x07.jpg', '\\u001b[31mred\\u0007.jpg'],
    ['a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['\x9b2J\x7f\0', '\\u009b2J\\u007f\\u0000'],
    ['\u202egpj.exe\u2066', '\\u202egpj.exe\\u2066'],
    ['\ud83d and 😀', '\\ud83d and 😀'],
    ['\u2028\ufeff\ufffe\u{1fffe}', '\\u2028\\ufeff\\ufffe\\ud83f\\udffe'],
  ] as const) {
    assert.equal(shown(name), expected);
    assert.equal(shown(expected), expected);
  }
});
