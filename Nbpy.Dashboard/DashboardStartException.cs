namespace Nbpy.Dashboard;

/// <summary>The dashboard cannot start as it is configured; the message says the mend.</summary>
public sealed class DashboardStartException : Exception
{
    /// <param name="message">What is wrong and the mend.</param>
    /// <param name="inner">Where it came from.</param>
    public DashboardStartException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
