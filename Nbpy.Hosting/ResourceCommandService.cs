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
    /// <summary>How long one resource has to stop by itself; then it is killed.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
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
        var runner = orchestrator.Find(resourceId);
        if (runner is null)
            return CommandResults.Failure($"There is no resource '{resourceId}'.");
        switch (commandName)
        {
            case "start":
                return runner.Start() ? CommandResults.Success() : CommandResults.Failure($"'{resourceId}' runs already.");
            case "stop":
                return await StopAsync(runner, cancellationToken).ConfigureAwait(false)
                    ? CommandResults.Success()
                    : CommandResults.Failure($"'{resourceId}' did not stop by itself within {StopLimit.TotalSeconds:0} s and was killed.");
            case "restart":
                await StopAsync(runner, cancellationToken).ConfigureAwait(false);
                return runner.Start() ? CommandResults.Success() : CommandResults.Failure($"'{resourceId}' did not stop.");
            default:
                return await RunAsync(runner.Resource, commandName, cancellationToken).ConfigureAwait(false);
        }
    }

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

    private static async Task<bool> StopAsync(ResourceRunner runner, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StopLimit);
        return await runner.StopAsync(limit.Token).ConfigureAwait(false);
    }
}
