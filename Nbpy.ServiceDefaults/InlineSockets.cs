namespace Nbpy.ServiceDefaults;

/// <summary>Lets what waits for a socket go on on the thread that polls the sockets. Where little happens at a time, hops between threads cost more
/// than the work. For programs whose every continuation of network work is short and waits for no network itself: that thread serves every socket.</summary>
public static class InlineSockets
{
    // Read by System.Net.Sockets when the first socket is made.
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>To be called before the process makes its first socket; a value set from outside wins.</summary>
    public static void Use()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
            Environment.SetEnvironmentVariable(Variable, "1");
    }
}
