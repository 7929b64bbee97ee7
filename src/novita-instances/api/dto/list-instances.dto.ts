import { TextField, WordField } from '../../../http/fields.js';
import { PageQuery } from '../../../http/page-query.dto.js';
import { TextsParameter, WordsParameter } from '../../../http/query-fields.js';
import type { InstanceStatus } from '../../domain/instance-phase.js';
import { INSTANCE_STATUS } from './vocabulary.js';

/** Which instances to list. Deleted ones are listed only when `status` asks for them. */
export class ListInstancesQuery extends PageQuery {
  /** Only instances in these statuses, repeated or separated by commas. */
  @WordsParameter(INSTANCE_STATUS)
  status?: InstanceStatus[];

  /**
   * Only instances with all of these labels, such as `team=vision`, repeated or separated by commas. A key that is named with two
   * values finds nothing. A comma in a value is written `\\,`, and a backslash `\\\\`.
   */
  @TextsParameter({ most: 20, pattern: /^[^=]{1,63}=.{0,63}$/su, says: 'label must be key=value' })
  label?: string[];

  /** Only instances placed in this region, by its id, such as `us-ca-6`. */
  @TextField({ isOptional: true, most: 100 })
  region?: string;

  /** Only the instance of this name. */
  @TextField({ isOptional: true, most: 100 })
  name?: string;
}

/** What to show of an instance. */
export class ShowInstanceQuery {
  /** `secrets`: also show passwords, tokens and the values of environment variables. */
  @WordField({ enum: ['secrets'] }, { isOptional: true })
  include?: 'secrets';
}
