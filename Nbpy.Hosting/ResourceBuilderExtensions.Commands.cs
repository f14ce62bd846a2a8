using System.Globalization;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting;

/// <summary>Commands, links and relationships.</summary>
public static partial class ResourceBuilderExtensions
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>A command that people can give to the resource; a later one of the same name replaces it.</summary>
    public static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder, string name, string displayName, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
        CommandOptions? commandOptions = null)
        where T : IResource
    {
        foreach (var old in builder.Resource.Annotations.OfType<ResourceCommandAnnotation>().Where(c => c.Name == name).ToList())
            builder.Resource.Annotations.Remove(old);
        commandOptions ??= new CommandOptions();
        return builder.WithAnnotation(new ResourceCommandAnnotation(
            name, displayName, commandOptions.UpdateState ?? (_ => ResourceCommandState.Enabled), executeCommand, commandOptions));
    }

    /// <summary>A command that sends an HTTP request to the resource; it can be given while the resource is healthy.</summary>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder, string path, string displayName, string? endpointName = null, string? commandName = null,
        HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints
    {
        commandOptions ??= new HttpCommandOptions();
        commandOptions.UpdateState ??= c => c.ResourceSnapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
            ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;
        var method = commandOptions.Method ?? HttpMethod.Post;
        var name = commandName ?? $"{builder.Resource.Name}-{endpointName ?? "http"}-{method.Method.ToLowerInvariant()}-{path}";
        return builder.WithCommand(name, displayName, SendAsync, commandOptions);

        async Task<ExecuteCommandResult> SendAsync(ExecuteCommandContext context)
        {
            var endpoint = commandOptions.EndpointSelector?.Invoke() ?? EndpointOf(builder.Resource, endpointName);
            using var request = new HttpRequestMessage(method, new Uri(new Uri(endpoint.Url), path));
            if (commandOptions.PrepareRequest is { } prepare)
            {
                await prepare(new HttpCommandRequestContext
                {
                    ServiceProvider = context.ServiceProvider, ResourceName = context.ResourceName, Endpoint = endpoint,
                    CancellationToken = context.CancellationToken, Request = request,
                }).ConfigureAwait(false);
            }

            try
            {
                using var response = await Http.SendAsync(request, context.CancellationToken).ConfigureAwait(false);
                if (commandOptions.GetCommandResult is { } result)
                {
                    return await result(new HttpCommandResultContext
                    {
                        ServiceProvider = context.ServiceProvider, ResourceName = context.ResourceName, Endpoint = endpoint,
                        CancellationToken = context.CancellationToken, Response = response,
                    }).ConfigureAwait(false);
                }

                return response.IsSuccessStatusCode
                    ? CommandResults.Success()
                    : CommandResults.Failure(string.Create(CultureInfo.InvariantCulture, $"{method} {request.RequestUri} answered {(int)response.StatusCode}."));
            }
            catch (HttpRequestException e)
            {
                return CommandResults.Failure($"{method} {request.RequestUri} failed: {e.Message}");
            }
        }
    }

    /// <summary>A link to show.</summary>
    public static IResourceBuilder<T> WithUrl<T>(this IResourceBuilder<T> builder, string url, string? displayText = null)
        where T : IResource => builder.WithAnnotation(new ResourceUrlAnnotation { Url = url, DisplayText = displayText });

    /// <summary>A link to show, known when ports are.</summary>
    public static IResourceBuilder<T> WithUrl<T>(this IResourceBuilder<T> builder, ReferenceExpression url, string? displayText = null)
        where T : IResource => builder.WithAnnotation(new ResourceUrlsCallbackAnnotation(async urls =>
        {
            if (await url.GetValueAsync().ConfigureAwait(false) is { Length: > 0 } text)
                urls.Add(new ResourceUrlAnnotation { Url = text, DisplayText = displayText });
        }));

    /// <summary>Changes the link of an endpoint.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback)
        where T : IResource => builder.WithAnnotation(new ResourceUrlsCallbackAnnotation(urls =>
        {
            foreach (var url in urls.Where(u => u.Endpoint?.EndpointName == endpointName))
                callback(url);
            return ValueTask.CompletedTask;
        }));

    /// <summary>One more link of an endpoint.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Func<EndpointReference, ResourceUrlAnnotation> callback)
        where T : IResourceWithEndpoints => builder.WithAnnotation(new ResourceUrlsCallbackAnnotation(urls =>
        {
            urls.Add(callback(builder.GetEndpoint(endpointName)));
            return ValueTask.CompletedTask;
        }));

    /// <summary>Shown under <paramref name="parent"/>.</summary>
    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> parent)
        where T : IResource => builder.WithParentRelationship(parent.Resource);

    /// <summary>Shown under <paramref name="parent"/>.</summary>
    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResource parent)
        where T : IResource => builder.WithAnnotation(new ResourceRelationshipAnnotation(parent, "Parent"));

    private static EndpointReference EndpointOf(IResourceWithEndpoints resource, string? name) => new(resource, name
        ?? resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.UriScheme is "http" or "https")?.Name
        ?? throw new DistributedApplicationException($"'{resource.Name}' has no HTTP endpoint to send to."));
}
