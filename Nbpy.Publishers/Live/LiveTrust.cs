using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Nbpy.Publishers.Live;

/// <summary>Server certificates: the system's trust, and besides it the certificates of <c>options.ca_file</c>. The name is
/// always checked.</summary>
public static class LiveTrust
{
    /// <summary>The check for TLS streams, HTTP handlers and WebSockets; null (the system's own) when nothing is added.</summary>
    public static RemoteCertificateValidationCallback? Callback(X509Certificate2Collection extra) =>
        extra.Count == 0 ? null : (_, certificate, _, errors) => IsTrusted(certificate, errors, extra);

    private static bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2Collection extra)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (certificate is null || errors != SslPolicyErrors.RemoteCertificateChainErrors)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(extra);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(new X509Certificate2(certificate));
    }
}
