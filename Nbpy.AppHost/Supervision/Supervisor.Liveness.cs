namespace Nbpy.AppHost.Supervision;

/// <summary>Asking what runs how it is.</summary>
internal sealed partial class Supervisor
{
    private async Task AskAllAsync(CancellationToken cancellationToken)
    {
        using var probe = new LivenessProbe(askEvery * 2);
        var asked = new Dictionary<SupervisedResource, Task>();
        try
        {
            using var timer = new PeriodicTimer(askEvery / 2, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
                lock (gate)
                    foreach (var service in supervised.Values.Where(IsDue))
                        if (!asked.TryGetValue(service, out var asking) || asking.IsCompleted)
                            asked[service] = AskAsync(probe, service, service.Life, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }

        await Task.WhenAll(asked.Values);
    }

    private bool IsDue(SupervisedResource service) =>
        service is { Service: not null, State: not null, Pending: null } && service.State == KnownResourceStates.Running && time.GetUtcNow() - service.AskedAt >= askEvery;

    private async Task AskAsync(LivenessProbe probe, SupervisedResource service, int life, CancellationToken cancellationToken)
    {
        var askedAt = service.AskedAt = time.GetUtcNow();
        if (LivenessProbe.EndpointOf(service.Resource) is not { IsAllocated: true } endpoint)
            return;
        LivenessAnswer? answer;
        try
        {
            answer = await probe.AskAsync(endpoint, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        lock (gate)
        {
            // It may be another process by now, or none.
            if (service.Life != life || service.State != KnownResourceStates.Running || service.Pending is not null || service.StopWanted)
                return;
            var liveness = service.Service!.Liveness;
            if (answer is null)
                liveness.DidNotAnswer(askedAt);
            else
                liveness.Answered(answer.Data, isDue: !answer.IsQuiet && HasMissed(service));
            if (liveness.Verdict() is { } verdict)
                Restart(service, verdict, "restart", cancellationToken);
        }
    }

    /// <summary>What receives is silent only while its source publishes; what has no source of ours, always.</summary>
    private bool HasMissed(SupervisedResource service) => service.Source is not { } source
        || (supervised.TryGetValue(source, out var publisher) && publisher.Service is { } policies && service.Service!.Liveness.HasMissed(policies.Liveness));
}
