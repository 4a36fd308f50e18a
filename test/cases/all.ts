import type { Case } from './case';
import { CLUSTER_SET } from './cluster-set';
import { CUSTOM } from './custom';
import { GIT_OPS } from './git-ops';
import { LISTS } from './lists';
import { EXTRA, POSITIONS } from './positions';
import { SCALARS } from './scalars';

/** Every case; rows are unique. */
export const CASES: readonly Case[] = [...SCALARS, ...LISTS, ...CLUSTER_SET, ...GIT_OPS, ...CUSTOM, ...EXTRA, ...POSITIONS];
