using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>Whether what a resource waits for has come about: policy without I/O. Of a resource with replicas every one counts.</summary>
internal static class DependencyWait
{
    /// <summary>True: met. False: it will not be. Null: not yet.</summary>
    public static bool? IsMet(WaitAnnotation wait, IReadOnlyList<CustomResourceSnapshot?> instances)
    {
        bool? all = true;
        foreach (var instance in instances)
        {
            var met = instance is null ? null : IsMet(wait, instance);
            if (met == false)
                return false;
            all &= met;
        }

        return all;
    }

    public static string Describe(WaitAnnotation wait) =>
        wait.WaitType == WaitType.WaitForCompletion ? $"{wait.Resource.Name} to complete" : wait.Resource.Name;

    /// <summary>Why a wait will not be met.</summary>
    public static string Fate(WaitAnnotation wait, IReadOnlyList<CustomResourceSnapshot?> instances)
    {
        var failed = instances.First(i => i is not null && IsMet(wait, i) == false)!;
        return failed.State?.Text == KnownResourceStates.FailedToStart ? "did not start"
            : failed.ReadyFailure is { } reason ? $"runs, but what was to be done when it is ready failed: {reason}"
            : $"ended with exit code {failed.ExitCode}";
    }

    private static bool? IsMet(WaitAnnotation wait, CustomResourceSnapshot snapshot)
    {
        var ended = KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);
        return wait.WaitType switch
        {
            WaitType.WaitForCompletion => ended ? snapshot.ExitCode == wait.ExitCode && snapshot.State!.Text != KnownResourceStates.FailedToStart : null,
            WaitType.WaitUntilStarted => ended ? snapshot.State!.Text != KnownResourceStates.FailedToStart : snapshot.State?.Text == KnownResourceStates.Running ? true : null,
            _ => ended || snapshot.ReadyFailure is not null ? false : snapshot.HealthStatus == HealthStatus.Healthy && snapshot.IsReady ? true : null,
        };
    }
}
