import { MycelError } from '../foundation/errors.ts';

/** The command line names a module that is not there. */
export class ModuleNotFoundError extends MycelError {
  readonly code = 'MYCEL_MODULE_NOT_FOUND';
}

/** A module is there but could not be loaded: it does not parse, imports what is missing, or threw. `cause` is what was thrown. */
export class ModuleFailedError extends MycelError {
  readonly code = 'MYCEL_MODULE_FAILED';
}

/** A module was loaded and exports no service, or not the one that was asked for. */
export class NoServiceError extends MycelError {
  readonly code = 'MYCEL_NO_SERVICE';
}

/** A new project cannot be written: files of its names are there, or the folder cannot be written to. */
export class ProjectNotWrittenError extends MycelError {
  readonly code = 'MYCEL_PROJECT_NOT_WRITTEN';
}
