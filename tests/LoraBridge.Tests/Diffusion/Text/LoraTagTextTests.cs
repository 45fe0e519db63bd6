using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class LoraTagTextTests
{
    [Theory]
    [InlineData("<lora:ink:0.8>")]
    [InlineData("<lora:ink:1:0.5>")]
    [InlineData("<lora:ink:-0.25:dyn=8>")]
    [InlineData("<lora:ink:1:start=0.2:stop=0.8:from=0:to=1.5>")]
    [InlineData("<lora:ink:1:0:blocks=0,1,1,1,1,1,1,1,1,1,1,1,1,0.5,1,1,1,1,1,1,1,1,1,1,1,0.25>")]
    public void Write_WhatWasRead_IsTheTagAgain(string text) =>
        Assert.Equal(text, LoraTagText.Write(Assert.Single(ExtraNetworkTags.Parse(text).Loras([]))));

    [Fact]
    public void Write_Numbers_AreReadTheSameInEveryCulture()
    {
        var before = Thread.CurrentThread.CurrentCulture;
        Thread.CurrentThread.CurrentCulture = new("de-DE");
        try
        {
            Assert.Equal("<lora:ink:0.123457>", LoraTagText.Write(new("ink", 0.1234567, 0.1234567, null)));
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }
    }
}
