using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>Whether what a resource waits for has come about: policy without I/O. Of a resource with replicas every one counts. What has ended may
/// come back, by a command or by who supervises it, and is waited for, as Aspire does; only what is given up will not.</summary>
internal static class DependencyWait
{
    /// <summary>The property that says why a resource will not come back by itself. Whoever supervises sets it; so does a start that failed for such
    /// a dependency; the next start takes it away.</summary>
    public const string GivenUp = "given.up";

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
            : IsGivenUp(failed) && !HasEnded(failed) ? "is given up"
            : $"ended with exit code {failed.ExitCode}";
    }

    /// <summary>It runs, every instance of it, and one says that it is not healthy: the reason. Null: it is on its way, or healthy.</summary>
    public static string? Ailment(IReadOnlyList<CustomResourceSnapshot?> instances) =>
        instances.All(i => i?.State?.Text == KnownResourceStates.Running)
            ? instances.Where(i => i!.HealthStatus != HealthStatus.Healthy)
                .Select(i => i!.HealthReports.FirstOrDefault(r => r.Status != HealthStatus.Healthy)?.Description ?? "not healthy").FirstOrDefault()
            : null;

    private static bool? IsMet(WaitAnnotation wait, CustomResourceSnapshot snapshot) => wait.WaitType switch
    {
        WaitType.WaitForCompletion => HasEnded(snapshot) ? snapshot.ExitCode == wait.ExitCode && snapshot.State!.Text != KnownResourceStates.FailedToStart : IsGivenUp(snapshot) ? false : null,
        _ when IsGivenUp(snapshot) => false,
        WaitType.WaitUntilStarted => snapshot.State?.Text == KnownResourceStates.Running || (HasEnded(snapshot) && snapshot.State!.Text != KnownResourceStates.FailedToStart) ? true : null,
        _ => snapshot.ReadyFailure is not null ? false : snapshot.HealthStatus == HealthStatus.Healthy && snapshot.IsReady ? true : null,
    };

    private static bool HasEnded(CustomResourceSnapshot snapshot) => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);

    private static bool IsGivenUp(CustomResourceSnapshot snapshot) => snapshot.Properties.Any(p => p.Name == GivenUp);
}
