namespace Nbpy.ServiceDefaults;

/// <summary>The variables that the app host sets for the programs it starts.</summary>
public static class EnvironmentNames
{
    /// <summary>Address that sockets, health and pages are bound to; unset: loopback.</summary>
    public const string BindHost = "NBPY_BIND_HOST";

    /// <summary>Port on which the service answers <c>/health</c>, <c>/alive</c> and <c>/counters</c>; unset: none.</summary>
    public const string HealthPort = "NBPY_HEALTH_PORT";

    /// <summary>Folder into which a service writes <c>NAME.json</c>, its closing counters; unset: none.</summary>
    public const string StateDirectory = "NBPY_STATE_DIR";

    /// <summary>Names this run of the whole system; a restarted service goes on with its counters within one.</summary>
    public const string Run = "NBPY_RUN";
}
