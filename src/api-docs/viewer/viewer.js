// Starts the viewer over the description beside it. A file of its own: the page's policy allows no inline script.
const { SwaggerUIBundle } = globalThis;

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // A reload keeps the access token, which is good for minutes; nothing but this page is served from its origin.
  persistAuthorization: true,
  // The page would otherwise offer to send the description to a validator on the internet.
  validatorUrl: null,
});
