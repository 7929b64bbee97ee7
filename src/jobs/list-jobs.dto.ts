import { TextField } from '../http/fields.js';
import { PageQuery } from '../http/page-query.dto.js';
import { WordParameter } from '../http/query-fields.js';
import { JOB_STATE, type JobState } from '../vocabulary/job-state.js';

export class ListJobsQuery extends PageQuery {
  /** Only jobs in this state. */
  @WordParameter(JOB_STATE)
  state?: JobState;

  /** Only jobs of this kind, such as `reconcile-instance`. */
  @TextField({
    isOptional: true,
    pattern: /^[a-z0-9-]{1,64}$/,
    says: 'name must be the name of a job, such as reconcile-instance',
  })
  name?: string;
}
