// Starts the viewer over the description beside it, and logs in. A file of its own: the page's policy allows no inline script.
const { SwaggerUIBundle } = globalThis;

const viewer = SwaggerUIBundle({
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

const form = document.querySelector("#login");
const output = form.querySelector("output");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  output.textContent = "…";
  logIn().then(
    (text) => (output.textContent = text),
    (error) => (output.textContent = error.message),
  );
});

/** @returns what to say of the login. */
async function logIn() {
  const { email, password } = form.elements;
  const response = await fetch("/auth/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: email.value, password: password.value }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.title);
  viewer.preauthorizeApiKey("bearer", answer.accessToken);
  password.value = "";
  return `${email.value} is logged in for ${answer.expiresIn / 60} minutes`;
}

// Problems show their description alone until they are clicked: most readers look for the good answer.
document.addEventListener("click", ({ target }) => {
  if (target.closest("button, a, select, input") === null)
    target.closest("tr.response")?.classList.toggle("opened");
});
