import { Component, type ReactNode } from "react";

import { reportError } from "@/lib/error-reporting";

import { Failure } from "./failure";

interface State {
  error: unknown;
}

/** A screen that breaks leaves the rest of the portal in place, and is reported. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override componentDidCatch(error: unknown): void {
    reportError(error);
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <Failure
        error={this.state.error}
        onRetry={() => {
          this.setState({ error: null });
        }}
      />
    );
  }
}
