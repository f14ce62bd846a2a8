using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Nbpy.AppHost.Supervision;

/// <summary>Whether what a resource waits for is there now.</summary>
internal static class Dependencies
{
    /// <summary>True: all of it is; started now it would not have to wait.</summary>
    public static bool AreMet(IResource resource, ResourceNotificationService notifications) => resource.Annotations.OfType<WaitAnnotation>().All(wait =>
        notifications.TryGetCurrentState(wait.Resource.Name, out var known) && IsMet(wait, known.Snapshot));

    /// <summary>True when something it needs the health of ended or was started anew while it ran: its failure says nothing of itself.</summary>
    public static bool WereInterrupted(IResource resource, CustomResourceSnapshot run, ResourceNotificationService notifications) =>
        resource.Annotations.OfType<WaitAnnotation>().Where(w => w.WaitType == WaitType.WaitUntilHealthy).Any(wait =>
            notifications.TryGetCurrentState(wait.Resource.Name, out var known)
            && (known.Snapshot.State?.Text != KnownResourceStates.Running || known.Snapshot.StartTimeStamp > run.StartTimeStamp));

    private static bool IsMet(WaitAnnotation wait, CustomResourceSnapshot snapshot) => wait.WaitType switch
    {
        WaitType.WaitForCompletion => snapshot.State?.Text != KnownResourceStates.FailedToStart
            && KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text) && snapshot.ExitCode == wait.ExitCode,
        WaitType.WaitUntilStarted => snapshot.State?.Text == KnownResourceStates.Running,
        _ => snapshot.HealthStatus == HealthStatus.Healthy,
    };
}
