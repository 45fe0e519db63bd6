using System.Net;
using System.Net.Sockets;
using LoraBridge.Imaging;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Tests.Sdapi.Wire;

public sealed class PictureInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("picture-input-").FullName;
    private readonly List<PictureDownload> _downloads = [];
    private readonly byte[] _png = DrawnEngine.Png(8, 8, 100);

    public void Dispose()
    {
        foreach (var download in _downloads) download.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Read_BaseSixtyFourInEveryForm_IsThePicture()
    {
        var bare = Convert.ToBase64String(_png);
        var input = Input();

        foreach (var text in new[] { bare, "data:image/jpeg;base64," + bare, bare.Insert(10, "\r\n "), "  " + bare })
            Assert.Equal(_png, await input.ReadAsync(text, default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a picture")]
    [InlineData("iVBORw0KGgo")]
    [InlineData("data:image/png,AAAA")]
    [InlineData("AAAA")]
    public async Task Read_NoPicture_IsRefused(string text)
    {
        var refused = await Assert.ThrowsAsync<SdapiException>(() => Input().ReadAsync(text, default));

        Assert.Equal((500, "Invalid encoded image"), (refused.Status, refused.Message));
    }

    [Fact]
    public async Task Read_AUrlOfThisMachine_IsRefusedUnlessAllowed()
    {
        using var web = new OnePictureServer(_png);
        async Task<string> Refusal(string options, string url) => (await Assert.ThrowsAsync<SdapiException>(() => Input(options).ReadAsync(url, default))).Message;

        Assert.Equal("Request to local resource not allowed", await Refusal("{}", web.Url));
        Assert.Equal("Request to local resource not allowed", await Refusal("{}", web.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)));
        Assert.Equal(_png, await Input("""{"api_forbid_local_requests":false}""").ReadAsync(web.Url, default));
        Assert.Equal("Requests not allowed", await Refusal("""{"api_enable_requests":false}""", web.Url));
    }

    [Fact]
    public async Task Read_AUrlThatIsSentOnToAClosedAddress_IsRefused()
    {
        using var closed = new OnePictureServer(_png, IPAddress.Parse("127.0.0.2"));
        using var open = new OnePictureServer([], IPAddress.Loopback, closed.Url);
        // as if one of this machine's addresses were the internet's
        var input = Input("{}", address => address.Equals(IPAddress.Loopback));

        var refused = await Assert.ThrowsAsync<SdapiException>(() => input.ReadAsync(open.Url, default));

        Assert.Equal("Request to local resource not allowed", refused.Message);
    }

    [Fact]
    public async Task Read_AUrlWithNoPicture_IsRefused()
    {
        using var web = new OnePictureServer([1, 2, 3]);
        var input = Input("""{"api_forbid_local_requests":false}""");

        foreach (var url in new[] { web.Url, "http://127.0.0.1:1/x.png", "http://" })
            Assert.Equal("Invalid image url", (await Assert.ThrowsAsync<SdapiException>(() => input.ReadAsync(url, default))).Message);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    public void PublicAddress_OfNetworksOfOnesOwn_IsFalse(string address, bool expected) => Assert.Equal(expected, PublicAddress.Is(IPAddress.Parse(address)));

    [Fact]
    public void Output_InAnotherFormat_KeepsPixelsAndText()
    {
        var png = DrawnEngine.Png(8, 8, 100, "a\nSteps: 1, Sampler: x, Seed: 2");

        Assert.Same(png, Output("png", text: true).Convert(png));
        Assert.Null(PictureFile.Probe(Output("png", text: false).Convert(png)).Parameters);
        Assert.Equal(PictureFormat.Png, PictureFile.Probe(Output("PNG", text: true).Convert(png)).Format);
        Assert.Equal("Invalid image format", Assert.Throws<SdapiException>(() => Output("bmp", text: true)).Message);
    }

    private static PictureOutput Output(string format, bool text) =>
        PictureOutput.Of(new(System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, System.Text.Json.JsonElement>>($$"""{"samples_format":"{{format}}","enable_pnginfo":{{(text ? "true" : "false")}}}""")!));

    // restricted for clients, so it stands in the file
    private PictureInput Input(string options = "{}", Func<IPAddress, bool>? isPublic = null)
    {
        var path = Path.Combine(_folder, "options.json");
        File.WriteAllText(path, options);
        _downloads.Add(new(new OptionsStore(path), isPublic));
        return new(_downloads[^1]);
    }

    /// <summary>Answers every request with the same bytes.</summary>
    private sealed class OnePictureServer : IDisposable
    {
        private readonly TcpListener _listener;

        public OnePictureServer(byte[] body, IPAddress? address = null, string? sentOnTo = null)
        {
            _listener = new(address ?? IPAddress.Loopback, 0);
            var head = sentOnTo is null ? "200 OK" : $"302 Found\r\nLocation: {sentOnTo}";
            _listener.Start();
            _ = Task.Run(async () =>
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    await using var stream = client.GetStream();
                    _ = await stream.ReadAsync(new byte[4096]);
                    await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {head}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"));
                    await stream.WriteAsync(body);
                }
            });
        }

        public string Url => $"http://{_listener.LocalEndpoint}/x.png";

        public void Dispose() => _listener.Dispose();
    }
}
