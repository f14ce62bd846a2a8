using System.Net.Sockets;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>What stands in the way of the host, as a message with the mend and an exit code: 1 the thing failed, 2 the configuration is wrong.</summary>
internal static class HostErrors
{
    /// <summary>True: it has a message for the operator; everything else is a fault of the program, with its stack trace.</summary>
    public static bool IsExpected(Exception e) =>
        e is DistributedApplicationException or ConfigurationException or IOException or UnauthorizedAccessException or SocketException;

    /// <summary>Prints it to standard error.</summary>
    /// <param name="e">What happened.</param>
    /// <param name="details">True: with where it happened (Aspire's <c>--include-exception-details</c>).</param>
    /// <returns>The exit code.</returns>
    public static int Report(Exception e, bool details)
    {
        if (e is ConfigurationException wrong)
        {
            ConfigurationReport.Write(wrong, Console.Error);
            return 2;
        }

        Console.Error.WriteLine(details ? e.ToString() : e.Message);
        return 1;
    }
}
