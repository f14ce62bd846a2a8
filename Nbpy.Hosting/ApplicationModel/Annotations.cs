using System.Net.Sockets;

namespace Nbpy.Hosting.ApplicationModel;

/// <summary>Where a project is.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    /// <summary>The project file's path.</summary>
    string ProjectPath { get; }
}

/// <summary>An endpoint that a resource listens on.</summary>
public sealed class EndpointAnnotation(ProtocolType protocol, string uriScheme, string name, int? port, int? targetPort, bool? isExternal, bool isProxied)
    : IResourceAnnotation
{
    /// <summary>TCP or UDP.</summary>
    public ProtocolType Protocol { get; } = protocol;

    /// <summary><c>http</c>, <c>tcp</c>, …</summary>
    public string UriScheme { get; } = uriScheme;

    /// <summary>Unique within the resource.</summary>
    public string Name { get; } = name;

    /// <summary>The port that others use; null: chosen at start.</summary>
    public int? Port { get; set; } = port;

    /// <summary>The port that the program itself listens on; null: chosen at start where there is a proxy, else the same.</summary>
    public int? TargetPort { get; set; } = targetPort;

    /// <summary>Reachable from outside the machine.</summary>
    public bool IsExternal { get; set; } = isExternal ?? false;

    /// <summary>The host listens on the port and passes connections on to the program, which has a port of its own. Of TCP endpoints of projects
    /// and executables; a container's ports are published by its runtime.</summary>
    public bool IsProxied { get; } = isProxied;

    /// <summary>The port in use, once allocated.</summary>
    public int? AllocatedPort { get; internal set; }

    /// <summary>The port of each instance's process, behind the proxy; empty without a proxy.</summary>
    internal IReadOnlyList<int> InstancePorts { get; set; } = [];

    /// <summary>A variable tells the program its port.</summary>
    internal bool HasVariable { get; init; }
}

/// <summary>How a wait ends.</summary>
public enum WaitType
{
    /// <summary>The dependency runs, is healthy, and is ready.</summary>
    WaitUntilHealthy,

    /// <summary>The dependency has ended with the right exit code.</summary>
    WaitForCompletion,

    /// <summary>The dependency has been started.</summary>
    WaitUntilStarted,
}

/// <summary>An edge: this resource starts after another.</summary>
public sealed class WaitAnnotation(IResource resource, WaitType waitType, int exitCode = 0) : IResourceAnnotation
{
    /// <summary>What is waited for.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>How the wait ends.</summary>
    public WaitType WaitType { get; } = waitType;

    /// <summary>The right exit code of a completion.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>A health check by its key in the application's health checks.</summary>
public sealed class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    /// <summary>The registration's name.</summary>
    public string Key { get; } = key;
}

/// <summary>Adds environment variables when the resource starts.</summary>
public sealed class EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback) : IResourceAnnotation
{
    /// <summary>The callback.</summary>
    public Func<EnvironmentCallbackContext, Task> Callback { get; } = callback;
}

/// <summary>What an environment callback may change. Values: strings, endpoint references, expressions, parameters.</summary>
public sealed class EnvironmentCallbackContext(DistributedApplicationExecutionContext executionContext, IResource resource, CancellationToken cancellationToken)
{
    /// <summary>The variables.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = [];

    /// <summary>Run or publish.</summary>
    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    /// <summary>Whose variables they are.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>Ends with the start.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>Adds arguments when the resource starts.</summary>
public sealed class CommandLineArgsCallbackAnnotation(Func<CommandLineArgsCallbackContext, Task> callback) : IResourceAnnotation
{
    /// <summary>The callback.</summary>
    public Func<CommandLineArgsCallbackContext, Task> Callback { get; } = callback;
}

/// <summary>What an arguments callback may change.</summary>
public sealed class CommandLineArgsCallbackContext(IList<object> args, CancellationToken cancellationToken = default)
{
    /// <summary>The arguments: strings, endpoint references, expressions, parameters.</summary>
    public IList<object> Args { get; } = args;

    /// <summary>Ends with the start.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>The resource starts only when somebody says <c>start</c>.</summary>
public sealed class ExplicitStartupAnnotation : IResourceAnnotation;

/// <summary>A container's image.</summary>
public sealed class ContainerImageAnnotation : IResourceAnnotation
{
    /// <summary>Image without tag.</summary>
    public required string Image { get; set; }

    /// <summary>Tag; null is the runtime's default.</summary>
    public string? Tag { get; set; }
}

/// <summary>A container's fixed name.</summary>
public sealed class ContainerNameAnnotation : IResourceAnnotation
{
    /// <summary>The name.</summary>
    public required string Name { get; set; }
}

/// <summary>What is mounted into a container.</summary>
public enum ContainerMountType
{
    /// <summary>A folder or file of the machine.</summary>
    BindMount,

    /// <summary>A volume of the runtime.</summary>
    Volume,
}

/// <summary>A mount of a container.</summary>
public sealed class ContainerMountAnnotation(string? source, string target, ContainerMountType type, bool isReadOnly) : IResourceAnnotation
{
    /// <summary>Path or volume name; null: an anonymous volume.</summary>
    public string? Source { get; } = source;

    /// <summary>Path inside.</summary>
    public string Target { get; } = target;

    /// <summary>Bind mount or volume.</summary>
    public ContainerMountType Type { get; } = type;

    /// <summary>True: no writing.</summary>
    public bool IsReadOnly { get; } = isReadOnly;
}

/// <summary>How long a container lives.</summary>
public enum ContainerLifetime
{
    /// <summary>As long as the host.</summary>
    Session,

    /// <summary>Beyond it.</summary>
    Persistent,
}

/// <summary>A container's lifetime.</summary>
public sealed class ContainerLifetimeAnnotation : IResourceAnnotation
{
    /// <summary>The lifetime.</summary>
    public required ContainerLifetime Lifetime { get; set; }
}

/// <summary>When an image is pulled.</summary>
public enum ImagePullPolicy
{
    /// <summary>As the runtime does.</summary>
    Default,

    /// <summary>Before every start.</summary>
    Always,

    /// <summary>When it is not there.</summary>
    Missing,

    /// <summary>Never: it must be there.</summary>
    Never,
}

/// <summary>A container's pull policy.</summary>
public sealed class ContainerImagePullPolicyAnnotation : IResourceAnnotation
{
    /// <summary>The policy.</summary>
    public required ImagePullPolicy ImagePullPolicy { get; set; }
}

/// <summary>Adds arguments for the container runtime itself.</summary>
public sealed class ContainerRuntimeArgsCallbackAnnotation(Func<ContainerRuntimeArgsCallbackContext, Task> callback) : IResourceAnnotation
{
    /// <summary>The callback.</summary>
    public Func<ContainerRuntimeArgsCallbackContext, Task> Callback { get; } = callback;
}

/// <summary>What a callback for the runtime's arguments may change.</summary>
public sealed class ContainerRuntimeArgsCallbackContext(IList<object> args, CancellationToken cancellationToken = default)
{
    /// <summary>The arguments.</summary>
    public IList<object> Args { get; } = args;

    /// <summary>Ends with the start.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>The image is built from a Dockerfile.</summary>
public sealed class DockerfileBuildAnnotation(string contextPath, string dockerfilePath, string? stage) : IResourceAnnotation
{
    /// <summary>Values of the Dockerfile's <c>ARG</c>s: strings, expressions, parameters.</summary>
    public Dictionary<string, object?> BuildArguments { get; } = [];

    /// <summary>The build's folder, absolute.</summary>
    public string ContextPath { get; } = contextPath;

    /// <summary>The Dockerfile, absolute.</summary>
    public string DockerfilePath { get; } = dockerfilePath;

    /// <summary>The stage to build; null: the last.</summary>
    public string? Stage { get; } = stage;
}

/// <summary>How many of a project run.</summary>
public sealed class ReplicaAnnotation(int replicas = 1) : IResourceAnnotation
{
    /// <summary>The number.</summary>
    public int Replicas { get; } = replicas;
}

/// <summary>Where a resource is published to, when there are several environments.</summary>
public sealed class ComputeEnvironmentAnnotation(IComputeEnvironmentResource computeEnvironment) : IResourceAnnotation
{
    /// <summary>The environment.</summary>
    public IComputeEnvironmentResource ComputeEnvironment { get; } = computeEnvironment;
}

/// <summary>How two resources belong together, for showing.</summary>
public sealed class ResourceRelationshipAnnotation(IResource resource, string type) : IResourceAnnotation
{
    /// <summary>The other one.</summary>
    public IResource Resource { get; } = resource;

    /// <summary><c>Parent</c>, <c>Reference</c>, …</summary>
    public string Type { get; } = type;
}
