import * as wxmlParser from '@wxml/parser'
import wxml from 'eslint-plugin-wxml'
import tseslint from 'typescript-eslint'

// Where `wx` may be called: everything else goes through these, so that it runs under Node and in the web host alike.
const PLATFORM = ['src/services/**', 'src/outbox/platform*', 'src/outbox/platform/**', 'src/behaviors/**']

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/miniprogram_npm/', 'src/vendor/', 'src/services/openapi.d.ts'] },
  {
    files: ['src/**/*.ts'],
    extends: [...tseslint.configs.strict, ...tseslint.configs.stylistic],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-globals': ['error', { name: 'wx', message: 'Call a service instead; wx lives in services/.' }],
      // Pages and components are objects whose methods call each other through `this`; that is the platform's way.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': [
        'error',
        {
          // iPhones read neither `2026-11-25 09:00` nor `2026-11-25T09:00` as meant.
          selector:
            "NewExpression[callee.name='Date'] > Literal.arguments:first-child[value=/^\\d{4}-\\d\\d-\\d\\d[ T]\\d/]",
          message: 'Dates come from utils/, as RFC 3339 with an offset.',
        },
      ],
    },
  },
  { files: PLATFORM, rules: { 'no-restricted-globals': 'off' } },
  {
    files: ['src/**/*.wxml'],
    plugins: { wxml },
    languageOptions: { parser: wxmlParser },
    rules: {
      'wxml/report-wxml-syntax-error': 'error',
      'wxml/report-interpolation-error': 'error',
      'wxml/no-duplicate-attributes': 'error',
      'wxml/no-inconsistent-tagname': 'error',
      'wxml/no-unexpected-string-bool': 'error',
      'wxml/no-vue-directive': 'error',
      'wxml/no-wx-if-string': 'error',
      'wxml/wx-key': 'error',
      'wxml/no-dynamic-wx-key': 'error',
      'wxml/wxs-module-prop': 'error',
    },
  },
)
