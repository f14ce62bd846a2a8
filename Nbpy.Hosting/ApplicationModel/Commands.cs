using Microsoft.Extensions.Logging;

namespace Nbpy.Hosting.ApplicationModel;

/// <summary>Whether a command can be given now.</summary>
public enum ResourceCommandState
{
    Enabled,
    Disabled,
    Hidden,
}

/// <summary>What decides about a command's state.</summary>
public sealed class UpdateCommandStateContext
{
    /// <summary>The resource as it is.</summary>
    public required CustomResourceSnapshot ResourceSnapshot { get; init; }

    /// <summary>Services of the host.</summary>
    public required IServiceProvider ServiceProvider { get; init; }
}

/// <summary>What a command works with.</summary>
public sealed class ExecuteCommandContext
{
    /// <summary>Services of the host.</summary>
    public required IServiceProvider ServiceProvider { get; init; }

    /// <summary>Which resource.</summary>
    public required string ResourceName { get; init; }

    /// <summary>Ends it.</summary>
    public required CancellationToken CancellationToken { get; init; }

    /// <summary>Its lines go to the resource's log.</summary>
    public required ILogger Logger { get; init; }
}

/// <summary>How a command is shown and when it can be given.</summary>
public class CommandOptions
{
    /// <summary>What it does, for a tooltip.</summary>
    public string? Description { get; set; }

    /// <summary>Asked before it is done.</summary>
    public string? ConfirmationMessage { get; set; }

    /// <summary>Name of an icon.</summary>
    public string? IconName { get; set; }

    /// <summary>Shown beside the resource, not only in its menu.</summary>
    public bool IsHighlighted { get; set; }

    /// <summary>Whether it can be given now; null: always.</summary>
    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}

/// <summary>A command that sends an HTTP request.</summary>
public class HttpCommandOptions : CommandOptions
{
    /// <summary>The method; null: POST.</summary>
    public HttpMethod? Method { get; set; }

    /// <summary>Chooses the endpoint; null: the first of scheme http.</summary>
    public Func<EndpointReference>? EndpointSelector { get; set; }

    /// <summary>Changes the request before it is sent.</summary>
    public Func<HttpCommandRequestContext, Task>? PrepareRequest { get; set; }

    /// <summary>Makes the result of the answer; null: success is a status of 200 to 299.</summary>
    public Func<HttpCommandResultContext, Task<ExecuteCommandResult>>? GetCommandResult { get; set; }
}

/// <summary>The request of an HTTP command.</summary>
public sealed class HttpCommandRequestContext
{
    public required IServiceProvider ServiceProvider { get; init; }
    public required string ResourceName { get; init; }
    public required EndpointReference Endpoint { get; init; }
    public required CancellationToken CancellationToken { get; init; }
    public required HttpRequestMessage Request { get; init; }
}

/// <summary>The answer to an HTTP command.</summary>
public sealed class HttpCommandResultContext
{
    public required IServiceProvider ServiceProvider { get; init; }
    public required string ResourceName { get; init; }
    public required EndpointReference Endpoint { get; init; }
    public required CancellationToken CancellationToken { get; init; }
    public required HttpResponseMessage Response { get; init; }
}

/// <summary>A command of a resource.</summary>
public sealed class ResourceCommandAnnotation(
    string name, string displayName, Func<UpdateCommandStateContext, ResourceCommandState> updateState,
    Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand, CommandOptions options) : IResourceAnnotation
{
    /// <summary>The name, for programs.</summary>
    public string Name { get; } = name;

    /// <summary>The name, for people.</summary>
    public string DisplayName { get; } = displayName;

    /// <summary>Whether it can be given now.</summary>
    public Func<UpdateCommandStateContext, ResourceCommandState> UpdateState { get; } = updateState;

    /// <summary>Does it.</summary>
    public Func<ExecuteCommandContext, Task<ExecuteCommandResult>> ExecuteCommand { get; } = executeCommand;

    /// <summary>What it does, for a tooltip.</summary>
    public string? DisplayDescription => options.Description;

    /// <summary>Asked before it is done.</summary>
    public string? ConfirmationMessage => options.ConfirmationMessage;

    /// <summary>Name of an icon.</summary>
    public string? IconName => options.IconName;

    /// <summary>Shown beside the resource.</summary>
    public bool IsHighlighted => options.IsHighlighted;
}

/// <summary>A link shown with a resource.</summary>
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    /// <summary>The address; of an endpoint's link a path is taken relative to the endpoint.</summary>
    public required string Url { get; set; }

    /// <summary>What is shown for it; null: the address.</summary>
    public string? DisplayText { get; set; }

    /// <summary>The endpoint it is of.</summary>
    public EndpointReference? Endpoint { get; init; }
}

/// <summary>Makes or changes links once ports are known.</summary>
internal sealed class ResourceUrlsCallbackAnnotation(Func<List<ResourceUrlAnnotation>, ValueTask> callback) : IResourceAnnotation
{
    public Func<List<ResourceUrlAnnotation>, ValueTask> Callback { get; } = callback;
}
