namespace Nbpy.Dashboard.Model;

/// <summary>What the pages know of a host's resources. The host implements it; every member may be called from any thread.</summary>
public interface IResourceModel
{
    /// <summary>The application's name, for titles.</summary>
    string ApplicationName { get; }

    /// <summary>Every resource as it is now, in the order the host names them.</summary>
    IReadOnlyList<ResourceView> Resources { get; }

    /// <summary>The application's parameters, in the order the host names them.</summary>
    IReadOnlyList<ApplicationParameterView> Parameters { get; }

    /// <summary>Rises with every change of <see cref="Resources"/>: pages ask for it twice a second and draw only what has changed.</summary>
    long Version { get; }

    /// <summary>The lines kept of a resource, then every new one, in batches, until cancelled. A restart of the resource does not
    /// end it. A name that no resource has yields nothing.</summary>
    IAsyncEnumerable<IReadOnlyList<ConsoleLine>> FollowLogAsync(string resource, CancellationToken cancellationToken);

    /// <summary>Runs a command (<c>start</c>, <c>stop</c>, <c>restart</c>, or one of the resource's own).</summary>
    /// <returns>What it came to; a failure is a result, not an exception.</returns>
    Task<CommandOutcome> ExecuteCommandAsync(string resource, string command, CancellationToken cancellationToken);
}
