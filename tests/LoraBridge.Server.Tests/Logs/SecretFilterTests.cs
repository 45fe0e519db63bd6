using LoraBridge.Server.Logs;

namespace LoraBridge.Server.Tests.Logs;

public sealed class SecretFilterTests
{
    private readonly SecretFilter _filter = new();

    [Theory]
    [InlineData("Authorization: Basic YW5uOmh1bnRlcjI=", "YW5uOmh1bnRlcjI")]
    [InlineData("header authorization=[\"Bearer abc.def-123\"] was wrong", "abc.def")]
    [InlineData("got 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x' from a client", "eyJhbGci")]
    [InlineData("Cookie: session=hunter2; theme=dark", "hunter2")]
    [InlineData("http://ann:hunter2@example.org/x", "hunter2")]
    [InlineData("GET /x?token=hunter2&a=1", "hunter2")]
    [InlineData("{\"password\": \"hunter2\", \"a\": 1}", "hunter2")]
    [InlineData("serve --api-auth ann:hunter2 --port 1", "hunter2")]
    [InlineData("--token=hunter2", "hunter2")]
    [InlineData("webui_auth credentials: hunter2", "hunter2")]
    [InlineData("client_secret=hunter2", "hunter2")]
    [InlineData("X-Api-Key: hunter2", "hunter2")]
    public void Clean_WhatLooksLikeASecret_HidesItAndKeepsTheRest(string text, string secret)
    {
        var clean = _filter.Clean(text);

        Assert.DoesNotContain(secret, clean, StringComparison.Ordinal);
        Assert.Contains(SecretFilter.Hidden, clean, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Job job-1234 (train) began")]
    [InlineData("The engine 4711 was lost: ended with code 3")]
    [InlineData("key lora_unet_mid_block_attentions_0.alpha is missing")]
    [InlineData("75 tokens are read of a caption with 90")]
    [InlineData("http://127.0.0.1:7870/lorabridge/v1/jobs?after=3")]
    [InlineData("Basic settings were read")]
    public void Clean_WhatHoldsNone_ChangesNothing(string text) => Assert.Equal(text, _filter.Clean(text));

    [Fact]
    public void Add_ASecretOfOurs_HidesItWhereverItStands()
    {
        _filter.Add("tr0ub4dor");
        _filter.Add("tr0ub4dor and more");
        _filter.Add("abc");

        Assert.Equal("it was *** and abc, then ***", _filter.Clean("it was tr0ub4dor and more and abc, then tr0ub4dor"));
    }

    [Theory]
    [InlineData("Token", true)]
    [InlineData("Authorization", true)]
    [InlineData("newPassword", true)]
    [InlineData("Tokens", false)]
    [InlineData("Path", false)]
    public void Clean_ANamedValue_HidesItWhereTheNameSaysSo(string name, bool isHidden) => Assert.Equal(isHidden ? SecretFilter.Hidden : "plain", _filter.Clean(name, "plain"));
}
