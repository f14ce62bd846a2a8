using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Publishing;

/// <summary>Writes a compute environment's manifests.</summary>
internal sealed class PublishingCallbackAnnotation(Func<PublishingContext, Task> callback) : IResourceAnnotation
{
    public Func<PublishingContext, Task> Callback { get; } = callback;
}

/// <summary>What a publisher works with.</summary>
/// <param name="Model">All resources.</param>
/// <param name="ExecutionContext">Publish mode.</param>
/// <param name="OutputPath">The folder; made if it is not there.</param>
/// <param name="CancellationToken">Ends it.</param>
internal sealed record PublishingContext(
    DistributedApplicationModel Model, DistributedApplicationExecutionContext ExecutionContext, string OutputPath, CancellationToken CancellationToken);
