using System.Collections.ObjectModel;

namespace Nbpy.Hosting.ApplicationModel;

/// <summary>Something noted about a resource.</summary>
public interface IResourceAnnotation;

/// <summary>The notes of a resource.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

/// <summary>A part of the application.</summary>
public interface IResource
{
    /// <summary>ASCII letters, digits and hyphens, a letter first.</summary>
    string Name { get; }

    /// <summary>What has been noted about it.</summary>
    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>A resource that can be given environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource that can be given arguments.</summary>
public interface IResourceWithArgs : IResource;

/// <summary>A resource that listens.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource that can wait for others.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>A resource whose endpoints others are told of by <c>services__NAME__…</c> variables.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>A resource that is published to run somewhere.</summary>
public interface IComputeResource : IResource;

/// <summary>Somewhere that resources are published to.</summary>
public interface IComputeEnvironmentResource : IResource;

/// <summary>A resource that belongs to another.</summary>
public interface IResourceWithParent : IResource
{
    /// <summary>The other one.</summary>
    IResource Parent { get; }
}

/// <summary>A resource that belongs to another.</summary>
public interface IResourceWithParent<out T> : IResourceWithParent
    where T : IResource
{
    /// <summary>The other one.</summary>
    new T Parent { get; }
}

/// <summary>Base of all resources.</summary>
public abstract class Resource : IResource
{
    /// <param name="name">ASCII letters, digits and hyphens, a letter first, at most 64.</param>
    /// <exception cref="ArgumentException">The name is none.</exception>
    protected Resource(string name)
    {
        if (name.Length is 0 or > 64 || !char.IsAsciiLetter(name[0]) || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
            throw new ArgumentException($"'{name}' is no resource name: use ASCII letters, digits and hyphens, a letter first, at most 64.", nameof(name));
        Name = name;
    }

    /// <inheritdoc/>
    public virtual string Name { get; }

    /// <inheritdoc/>
    public virtual ResourceAnnotationCollection Annotations { get; } = [];
}

/// <summary>A program of the machine.</summary>
public class ExecutableResource(string name, string command, string workingDirectory)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IComputeResource
{
    /// <summary>The program: a path, or a name to look up.</summary>
    public string Command { get; } = command;

    /// <summary>The folder it runs in.</summary>
    public string WorkingDirectory { get; } = workingDirectory;
}

/// <summary>A .NET project, run from its build output.</summary>
public class ProjectResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IComputeResource;

/// <summary>A container, run by the machine's container runtime.</summary>
public class ContainerResource(string name, string? entrypoint = null)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IComputeResource
{
    /// <summary>Replaces the image's entry point.</summary>
    public string? Entrypoint { get; set; } = entrypoint;
}

/// <summary>A value that comes from configuration or from the code.</summary>
public class ParameterResource(string name, Func<string> value, bool secret) : Resource(name), IValueProvider
{
    /// <summary>True: never printed.</summary>
    public bool Secret { get; } = secret;

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(value());
}
