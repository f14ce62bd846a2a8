namespace Nbpy.AppHost.Publishing;

/// <summary>Where things are in a container of NBPY; <c>docker/Dockerfile</c> makes the same choices.</summary>
internal static class ContainerPaths
{
    public const string Config = "/etc/nbpy/integration_config.json";
    public const string Data = "/data";

    /// <summary>The ZeroMQ sockets' keys, where there are any.</summary>
    public const string Keys = "/etc/nbpy/keys";

    /// <summary>A publisher's client certificate and its key, where it has one.</summary>
    public const string Certificates = "/etc/nbpy/certificates";

    /// <summary>The files that publishers' options name.</summary>
    public const string Files = "/etc/nbpy/files";

    /// <summary>The port of <c>/health</c>; every container has its own.</summary>
    public const int HealthPort = 8079;

    /// <summary>The volume of spools, checkpoints, rings and dead letters.</summary>
    public const string DataVolume = "nbpy-data";
}
