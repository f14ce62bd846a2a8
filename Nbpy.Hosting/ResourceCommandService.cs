using System.Collections.Concurrent;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting.ApplicationModel;

/// <summary>What a command came to.</summary>
public sealed record ExecuteCommandResult
{
    /// <summary>True: done.</summary>
    public required bool Success { get; init; }

    /// <summary>Why not.</summary>
    public string? ErrorMessage { get; init; }
}

/// <summary>Results of commands.</summary>
public static class CommandResults
{
    /// <summary>Done.</summary>
    public static ExecuteCommandResult Success() => new() { Success = true };

    /// <summary>Failed.</summary>
    public static ExecuteCommandResult Failure(string? errorMessage = null) => new() { Success = false, ErrorMessage = errorMessage };
}

/// <summary>Runs commands of resources: <c>start</c>, <c>stop</c>, <c>restart</c>, and those that <c>WithCommand</c> gave them.</summary>
public sealed class ResourceCommandService
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> turns = new(StringComparer.OrdinalIgnoreCase);
    private readonly IServiceProvider services;

    /// <param name="services">The host's services.</param>
    public ResourceCommandService(IServiceProvider services) => this.services = services;

    /// <summary>Runs a command of a resource.</summary>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resource.Name, commandName, cancellationToken);

    /// <summary>Runs a command of a resource, by its name.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        var orchestrator = (Orchestrator)services.GetService(typeof(Orchestrator))!;
        var instances = orchestrator.Find(resourceId);
        var resource = instances.Count > 0 ? instances[0].Resource : Custom(resourceId);
        if (resource is null)
            return CommandResults.Failure($"There is no resource '{resourceId}'.");
        if (instances.Count == 0 || commandName is not ("start" or "stop" or "restart"))
            return await RunAsync(resource, commandName, cancellationToken).ConfigureAwait(false);

        // One after the other: a stop that comes while a restart is under way stops what that restart started.
        var turn = turns.GetOrAdd(resource.Name, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ControlAsync(commandName, instances, orchestrator.StopLimit, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    private static async Task<ExecuteCommandResult> ControlAsync(
        string commandName, IReadOnlyList<ResourceRunner> instances, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (commandName == "stop")
            return Join(await Task.WhenAll(instances.Select(i => StopAsync(i, limit, isWanted: true, cancellationToken))).ConfigureAwait(false));

        // Restarted one after the other, the others meanwhile take the connections.
        var results = new List<ExecuteCommandResult>();
        foreach (var instance in instances)
        {
            if (commandName == "restart")
                await StopAsync(instance, limit, isWanted: false, cancellationToken).ConfigureAwait(false);
            await instance.SettleAsync(cancellationToken).ConfigureAwait(false);
            results.Add(instance.Start() ? CommandResults.Success()
                : CommandResults.Failure(commandName == "start" ? $"'{instance.Id}' runs already." : $"'{instance.Id}' did not stop."));
        }

        // Of several, those that did not run have been started.
        return commandName == "start" && results.Exists(r => r.Success) ? CommandResults.Success() : Join(results);
    }

    private static ExecuteCommandResult Join(IReadOnlyList<ExecuteCommandResult> results) => results.All(r => r.Success)
        ? CommandResults.Success()
        : CommandResults.Failure(string.Join(' ', results.Where(r => !r.Success).Select(r => r.ErrorMessage)));

    private IResource? Custom(string name) => ((DistributedApplicationModel)services.GetService(typeof(DistributedApplicationModel))!).Resources
        .FirstOrDefault(r => r is not ParameterResource && string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>A command that the application gave the resource with <c>WithCommand</c>.</summary>
    private async Task<ExecuteCommandResult> RunAsync(IResource resource, string name, CancellationToken cancellationToken)
    {
        var commands = resource.Annotations.OfType<ResourceCommandAnnotation>().ToList();
        var command = commands.Find(c => c.Name == name);
        if (command is null)
            return CommandResults.Failure($"'{resource.Name}' has no command '{name}'; it has {string.Join(", ", (string[])["start", "stop", "restart", .. commands.Select(c => c.Name)])}.");
        var notifications = (ResourceNotificationService)services.GetService(typeof(ResourceNotificationService))!;
        if (notifications.TryGetCurrentState(resource.Name, out var state)
            && command.UpdateState(new UpdateCommandStateContext { ResourceSnapshot = state!.Snapshot, ServiceProvider = services }) != ResourceCommandState.Enabled)
            return CommandResults.Failure($"'{name}' cannot be given to '{resource.Name}' while it is {state.Snapshot.State?.Text}.");
        try
        {
            return await command.ExecuteCommand(new ExecuteCommandContext
            {
                ServiceProvider = services,
                ResourceName = resource.Name,
                CancellationToken = cancellationToken,
                Logger = ((ResourceLoggerService)services.GetService(typeof(ResourceLoggerService))!).GetLogger(resource),
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return CommandResults.Failure($"'{name}' of '{resource.Name}' failed: {e.Message}");
        }
    }

    private static async Task<ExecuteCommandResult> StopAsync(ResourceRunner runner, TimeSpan limit, bool isWanted, CancellationToken cancellationToken)
    {
        // Said also of what does not run: who would start it again by itself knows that it is not to.
        if (isWanted)
            await runner.WantStoppedAsync().ConfigureAwait(false);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        return await runner.StopAsync(limited.Token).ConfigureAwait(false)
            ? CommandResults.Success()
            : CommandResults.Failure($"'{runner.Id}' did not stop by itself within {limit.TotalSeconds:0.#} s and was killed.");
    }
}
