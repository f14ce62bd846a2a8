using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting;

/// <summary>Builds the application.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>The folder of the app host's project.</summary>
    string AppHostDirectory { get; }

    /// <summary>Arguments (<c>--key value</c>) over environment variables.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>Development, Staging or Production (<c>DOTNET_ENVIRONMENT</c>, <c>--environment</c>), and the app host's name and folder.</summary>
    IHostEnvironment Environment { get; }

    /// <summary>Events.</summary>
    IDistributedApplicationEventing Eventing { get; }

    /// <summary>Run or publish.</summary>
    DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>What has been added.</summary>
    IResourceCollection Resources { get; }

    /// <summary>Services of the host itself, health checks among them.</summary>
    IServiceCollection Services { get; }

    /// <summary>Adds a resource.</summary>
    /// <exception cref="InvalidOperationException">There is one of that name.</exception>
    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    /// <summary>A builder for a resource, without adding it.</summary>
    IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource;

    /// <summary>The application.</summary>
    DistributedApplication Build();
}
