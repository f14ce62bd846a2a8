using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting.ApplicationModel;

/// <summary>Something whose value is known when the application runs.</summary>
public interface IValueProvider
{
    /// <summary>The value; null when it has none.</summary>
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

/// <summary>A part of an endpoint.</summary>
public enum EndpointProperty
{
    /// <summary><c>scheme://host:port</c>.</summary>
    Url,

    /// <summary>Host name.</summary>
    Host,

    /// <summary>IPv4 address of the host.</summary>
    IPV4Host,

    /// <summary>The port that others use.</summary>
    Port,

    /// <summary><c>http</c>, <c>tcp</c>, …</summary>
    Scheme,

    /// <summary>The port that the program listens on.</summary>
    TargetPort,

    /// <summary><c>host:port</c>.</summary>
    HostAndPort,
}

/// <summary>An endpoint of another resource.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider
{
    /// <summary>Whose endpoint it is.</summary>
    public IResourceWithEndpoints Resource { get; } = owner;

    /// <summary>Its name.</summary>
    public string EndpointName { get; } = endpointName;

    /// <summary>True when the resource has such an endpoint.</summary>
    public bool Exists => Find() is not null;

    /// <summary>True once its port is known.</summary>
    public bool IsAllocated => Find()?.AllocatedPort is not null;

    /// <summary>The port that others use.</summary>
    public int Port => Annotation.AllocatedPort
        ?? throw new InvalidOperationException($"The endpoint '{EndpointName}' of '{Resource.Name}' has no port yet.");

    /// <summary>The port that the program listens on.</summary>
    public int? TargetPort => ResourceInstances.CurrentOf(Resource) is { } instance && Annotation.InstancePorts.Count > instance
        ? Annotation.InstancePorts[instance]
        : Annotation.TargetPort ?? Annotation.AllocatedPort;

    /// <summary>Host name.</summary>
    public string Host => "localhost";

    /// <summary>Scheme.</summary>
    public string Scheme => Annotation.UriScheme;

    /// <summary><c>scheme://host:port</c>.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{Host}:{Port}");

    private EndpointAnnotation Annotation => Find()
        ?? throw new InvalidOperationException($"'{Resource.Name}' has no endpoint '{EndpointName}'.");

    /// <summary>One part of the endpoint, as a value.</summary>
    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => Property(EndpointProperty.Url).GetValueAsync(cancellationToken);

    private EndpointAnnotation? Find() => Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.Name == EndpointName);
}

/// <summary>One part of an endpoint.</summary>
public sealed class EndpointReferenceExpression(EndpointReference endpoint, EndpointProperty property) : IValueProvider
{
    /// <summary>Whose part.</summary>
    public EndpointReference Endpoint { get; } = endpoint;

    /// <summary>Which part.</summary>
    public EndpointProperty Property { get; } = property;

    /// <summary>The part's text. For a container it is the address as seen from inside: another container by its resource's name and own port, the
    /// machine as <c>host.docker.internal</c>.</summary>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Property switch
    {
        EndpointProperty.Url => string.Create(CultureInfo.InvariantCulture, $"{Endpoint.Scheme}://{Host}:{Port}"),
        EndpointProperty.Host => Host,
        EndpointProperty.IPV4Host => LaunchValues.IsForContainer ? Host : "127.0.0.1",
        EndpointProperty.Port => Port.ToString(CultureInfo.InvariantCulture),
        EndpointProperty.Scheme => Endpoint.Scheme,
        EndpointProperty.TargetPort => Endpoint.TargetPort?.ToString(CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}"),
    });

    private string Host => !LaunchValues.IsForContainer ? Endpoint.Host : IsInContainer ? Endpoint.Resource.Name : "host.docker.internal";

    private int Port => LaunchValues.IsForContainer && IsInContainer ? Endpoint.TargetPort ?? Endpoint.Port : Endpoint.Port;

    private bool IsInContainer => Endpoint.Resource is ContainerResource;
}

/// <summary>A text with values in it that are known when the application runs.</summary>
public sealed class ReferenceExpression : IValueProvider
{
    private ReferenceExpression(IReadOnlyList<object> parts) => Parts = parts;

    /// <summary>Texts and values, in order.</summary>
    internal IReadOnlyList<object> Parts { get; }

    /// <summary>From an interpolated string of texts, endpoint references, parameters and other values.</summary>
    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => new(handler.Parts);

    /// <inheritdoc/>
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var text = new StringBuilder();
        foreach (var part in Parts)
            text.Append(part is IValueProvider value ? await value.GetValueAsync(cancellationToken).ConfigureAwait(false) : (string)part);
        return text.ToString();
    }

    /// <summary>Collects the parts of the interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        internal List<object> Parts { get; } = new(literalLength > 0 ? formattedCount + 1 : formattedCount);

        /// <summary>A text.</summary>
        public void AppendLiteral(string value) => Parts.Add(value);

        /// <summary>A text.</summary>
        public void AppendFormatted(string? value) => Parts.Add(value ?? "");

        /// <summary>A value.</summary>
        public void AppendFormatted<T>(T value)
            where T : IValueProvider => Parts.Add(value);

        /// <summary>A parameter.</summary>
        public void AppendFormatted(IResourceBuilder<ParameterResource> value) => Parts.Add(value.Resource);
    }
}
