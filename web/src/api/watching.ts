// Calls for watch lists, rules, alerts and the partners who are told.
import { http, take } from './http';
import { idempotent } from './idempotent';
import type {
  AlertQuery,
  NewDisposition,
  NewRule,
  NewWatchList,
  NewWatchMember,
  NewWebhook,
  RuleEdit,
  RuleState,
  WatchListEdit,
  WebhookState,
} from './types';

/** Most items that these pages show at a time. */
const limit = 100;
const ifMatch = (version: number) => `"${version}"`;

export const listAlerts = (query: AlertQuery) =>
  take(http.GET('/api/v1/alerts', { params: { query: { limit, ...query } } }));

export const getAlert = (id: string) =>
  take(http.GET('/api/v1/alerts/{id}', { params: { path: { id } } }));

export const acknowledgeAlert = (id: string, author: string) =>
  take(
    http.POST('/api/v1/alerts/{id}/acknowledge', { params: { path: { id } }, body: { author } }),
  );

export const disposeAlert = (id: string, body: NewDisposition) =>
  take(
    http.POST('/api/v1/alerts/{id}/disposition', {
      params: { path: { id } },
      body,
      headers: idempotent(),
    }),
  );

export const listWatchLists = () =>
  take(http.GET('/api/v1/watchlists', { params: { query: { limit } } }));

export const createWatchList = (body: NewWatchList) =>
  take(http.POST('/api/v1/watchlists', { body, headers: idempotent() }));

export const endWatchList = (id: string, version: number, reason: string) =>
  take(
    http.PATCH('/api/v1/watchlists/{id}', {
      params: { path: { id }, header: { 'If-Match': ifMatch(version) } },
      body: { expires_at: new Date(0).toISOString(), reason },
    }),
  );

export const editWatchList = (id: string, version: number, body: WatchListEdit) =>
  take(
    http.PATCH('/api/v1/watchlists/{id}', {
      params: { path: { id }, header: { 'If-Match': ifMatch(version) } },
      body,
    }),
  );

export const listWatchMembers = (id: string) =>
  take(
    http.GET('/api/v1/watchlists/{id}/members', { params: { path: { id }, query: { limit } } }),
  );

export const addWatchMember = (id: string, body: NewWatchMember) =>
  take(
    http.POST('/api/v1/watchlists/{id}/members', {
      params: { path: { id } },
      body,
      headers: idempotent(),
    }),
  );

export const removeWatchMember = (id: string, memberId: string, reason: string) =>
  take(
    http.POST('/api/v1/watchlists/{id}/members/{member_id}/remove', {
      params: { path: { id, member_id: memberId } },
      body: { reason },
    }),
  );

export const listRules = () => take(http.GET('/api/v1/rules', { params: { query: { limit } } }));

export const getRule = (id: string) =>
  take(http.GET('/api/v1/rules/{id}', { params: { path: { id } } }));

export const createRule = (body: NewRule) =>
  take(http.POST('/api/v1/rules', { body, headers: idempotent() }));

export const changeRule = (id: string, version: number, state: RuleState, reason: string) =>
  take(
    http.PATCH('/api/v1/rules/{id}', {
      params: { path: { id }, header: { 'If-Match': ifMatch(version) } },
      body: { state, reason },
    }),
  );

export const editRule = (id: string, version: number, body: RuleEdit) =>
  take(
    http.PATCH('/api/v1/rules/{id}', {
      params: { path: { id }, header: { 'If-Match': ifMatch(version) } },
      body,
    }),
  );

/** Raises the alerts of an active rule for the past; partners are not told of them. */
export const raiseForPast = (id: string, reason: string) =>
  take(http.POST('/api/v1/rules/{id}/raise', { params: { path: { id } }, body: { reason } }));

export const checkRule = (id: string) =>
  take(http.POST('/api/v1/rules/{id}/check', { params: { path: { id } }, body: {} }));

export const listWebhooks = () =>
  take(http.GET('/api/v1/webhooks', { params: { query: { limit } } }));

export const createWebhook = (body: NewWebhook) =>
  take(http.POST('/api/v1/webhooks', { body, headers: idempotent() }));

export const changeWebhook = (id: string, version: number, state: WebhookState, reason: string) =>
  take(
    http.PATCH('/api/v1/webhooks/{id}', {
      params: { path: { id }, header: { 'If-Match': ifMatch(version) } },
      body: { state, reason },
    }),
  );

export const replaceSecret = (id: string, reason: string) =>
  take(
    http.POST('/api/v1/webhooks/{id}/secret', { params: { path: { id } }, body: { reason } }),
  );

export const testWebhook = (id: string) =>
  take(http.POST('/api/v1/webhooks/{id}/test', { params: { path: { id } } }));

export const listDeliveries = (id: string) =>
  take(
    http.GET('/api/v1/webhooks/{id}/deliveries', { params: { path: { id }, query: { limit } } }),
  );

export const retryDelivery = (id: string, deliveryId: string) =>
  take(
    http.POST('/api/v1/webhooks/{id}/deliveries/{delivery_id}/retry', {
      params: { path: { id, delivery_id: deliveryId } },
    }),
  );
