using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nbpy.Publishers.Tests.Live;

/// <summary>A server's certificate for 127.0.0.1 and localhost, made in memory; its public half as a PEM file for
/// <c>options.ca_file</c>.</summary>
internal sealed class TestCertificate : IDisposable
{
    public TestCertificate(string name = "localhost")
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost")
            names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        // Round trip: a key that SslStream can use on every system.
        Server = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
        CaFile = Path.Combine(Path.GetTempPath(), $"nbpy-ca-{Guid.NewGuid():N}.pem");
        File.WriteAllText(CaFile, certificate.ExportCertificatePem());
    }

    public X509Certificate2 Server { get; }
    public string CaFile { get; }

    public void Dispose()
    {
        File.Delete(CaFile);
        Server.Dispose();
    }
}
